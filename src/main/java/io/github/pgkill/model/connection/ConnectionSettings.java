package io.github.pgkill.model.connection;

import io.github.pgkill.model.value.Secret;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is needed to connect, after all sources have been consulted.
 *
 * @param hosts the hosts that may be dialled, in order; never empty
 * @param database the target: the database to clear
 * @param maintenanceDatabases where the plugin itself connects: candidates in order of preference,
 *     never empty
 * @param user the role that logs in
 * @param password its password, if any source had one
 * @param driverProperties properties handed to the PostgreSQL JDBC driver as they are (TLS and the
 *     like); never host, port, database, user, password or a socket factory
 * @param role the role to {@code SET ROLE} to after connecting
 * @param connectTimeout bound on one attempt to connect, all hosts together
 * @param waitForServer how long to retry while a server is starting; zero for not at all
 * @param origins which source gave each value, by the value's name ({@code host}, {@code database},
 *     {@code user}, {@code password}); for the log, in the order of the contract
 * @param nodes the servers of the cluster whose sessions count beside the primary's; the primary
 *     may be among them
 * @param poolers the connection poolers before it
 */
public record ConnectionSettings(
    List<HostAddress> hosts,
    String database,
    List<String> maintenanceDatabases,
    String user,
    @Nullable Secret password,
    Map<String, String> driverProperties,
    @Nullable String role,
    Duration connectTimeout,
    Duration waitForServer,
    Map<String, String> origins,
    List<HostAddress> nodes,
    PoolerAccess poolers) {

  /** Of one server. */
  public ConnectionSettings(
      List<HostAddress> hosts,
      String database,
      List<String> maintenanceDatabases,
      String user,
      @Nullable Secret password,
      Map<String, String> driverProperties,
      @Nullable String role,
      Duration connectTimeout,
      Duration waitForServer,
      Map<String, String> origins) {
    this(
        hosts,
        database,
        maintenanceDatabases,
        user,
        password,
        driverProperties,
        role,
        connectTimeout,
        waitForServer,
        origins,
        List.of());
  }

  /** Of a cluster without poolers. */
  public ConnectionSettings(
      List<HostAddress> hosts,
      String database,
      List<String> maintenanceDatabases,
      String user,
      @Nullable Secret password,
      Map<String, String> driverProperties,
      @Nullable String role,
      Duration connectTimeout,
      Duration waitForServer,
      Map<String, String> origins,
      List<HostAddress> nodes) {
    this(
        hosts,
        database,
        maintenanceDatabases,
        user,
        password,
        driverProperties,
        role,
        connectTimeout,
        waitForServer,
        origins,
        nodes,
        PoolerAccess.NONE);
  }

  public ConnectionSettings {
    hosts = List.copyOf(hosts);
    nodes = List.copyOf(nodes);
    maintenanceDatabases = List.copyOf(maintenanceDatabases);
    driverProperties = Map.copyOf(driverProperties);
    origins = Collections.unmodifiableMap(new LinkedHashMap<>(origins));
  }

  /** The hosts as one would write them in a URL, for messages: no user, no password, no options. */
  public String server() {
    return hosts.stream().map(HostAddress::toString).collect(Collectors.joining(","));
  }

  /** The same to these hosts only. */
  public ConnectionSettings withHosts(List<HostAddress> some) {
    return with(some, maintenanceDatabases, nodes, poolers);
  }

  /** The same with other candidates for the plugin's own connection. */
  public ConnectionSettings withMaintenanceDatabases(List<String> databases) {
    return with(hosts, databases, nodes, poolers);
  }

  /** The same for the servers of a cluster. */
  public ConnectionSettings withNodes(List<HostAddress> some) {
    return with(hosts, maintenanceDatabases, some, poolers);
  }

  /** The same with these poolers before it. */
  public ConnectionSettings withPoolers(PoolerAccess access) {
    return with(hosts, maintenanceDatabases, nodes, access);
  }

  private ConnectionSettings with(
      List<HostAddress> otherHosts,
      List<String> databases,
      List<HostAddress> otherNodes,
      PoolerAccess otherPoolers) {
    return new ConnectionSettings(
        otherHosts,
        database,
        databases,
        user,
        password,
        driverProperties,
        role,
        connectTimeout,
        waitForServer,
        origins,
        otherNodes,
        otherPoolers);
  }

  /** Every host that may be dialled, once. */
  public List<HostAddress> everyHost() {
    if (nodes.isEmpty()) {
      return hosts;
    }
    Set<HostAddress> all = new LinkedHashSet<>(hosts);
    all.addAll(nodes);
    return List.copyOf(all);
  }

  /** The server that answers at that host. */
  public Node node(HostAddress host) {
    return new Node(host.dialled(), host.port(), !nodes.isEmpty());
  }

  /** Names the driver's properties without their values: {@code sslpassword} is one of them. */
  @Override
  public String toString() {
    return "ConnectionSettings[hosts="
        + server()
        + ", database="
        + database
        + ", maintenanceDatabases="
        + maintenanceDatabases
        + ", user="
        + user
        + ", driverProperties="
        + new TreeSet<>(driverProperties.keySet())
        + ", origins="
        + origins
        + "]";
  }
}
