package io.github.pgkill.testing;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.value.Secret;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Connection settings as the sources would have resolved them, each part to be replaced. */
public record TestConnection(ConnectionSettings settings) {

  /** To that database as the superuser, by way of database {@code postgres}. */
  public static TestConnection to(TestServer server, String database) {
    return to(server.port(), database);
  }

  /** The same to a server on that port of this machine. */
  public static TestConnection to(int port, String database) {
    return new TestConnection(
        new ConnectionSettings(
            List.of(new HostAddress("127.0.0.1", null, port)),
            database,
            List.of("postgres"),
            TestServer.SUPERUSER,
            null,
            Map.of(),
            null,
            Duration.ofSeconds(10),
            Duration.ZERO,
            Map.of()));
  }

  public TestConnection as(String user) {
    return with(settings.hosts(), settings.maintenanceDatabases(), user, settings.role());
  }

  /** With {@code SET ROLE} after connecting. */
  public TestConnection role(String role) {
    return with(settings.hosts(), settings.maintenanceDatabases(), settings.user(), role);
  }

  /** By way of these databases, in order of preference. */
  public TestConnection through(String... maintenanceDatabases) {
    return with(settings.hosts(), List.of(maintenanceDatabases), settings.user(), settings.role());
  }

  public TestConnection at(String host, int port) {
    return at(List.of(new HostAddress(host, null, port)));
  }

  public TestConnection at(List<HostAddress> hosts) {
    return with(hosts, settings.maintenanceDatabases(), settings.user(), settings.role());
  }

  public TestConnection password(String password) {
    return new TestConnection(
        new ConnectionSettings(
            settings.hosts(),
            settings.database(),
            settings.maintenanceDatabases(),
            settings.user(),
            new Secret(password),
            settings.driverProperties(),
            settings.role(),
            settings.connectTimeout(),
            settings.waitForServer(),
            settings.origins()));
  }

  /** With these properties of the driver. */
  public TestConnection driver(Map<String, String> properties) {
    return new TestConnection(
        new ConnectionSettings(
            settings.hosts(),
            settings.database(),
            settings.maintenanceDatabases(),
            settings.user(),
            settings.password(),
            properties,
            settings.role(),
            settings.connectTimeout(),
            settings.waitForServer(),
            settings.origins()));
  }

  /** With bounds on one attempt to connect, and on waiting for a server that is starting. */
  public TestConnection patience(Duration connectTimeout, Duration waitForServer) {
    return new TestConnection(
        new ConnectionSettings(
            settings.hosts(),
            settings.database(),
            settings.maintenanceDatabases(),
            settings.user(),
            settings.password(),
            settings.driverProperties(),
            settings.role(),
            connectTimeout,
            waitForServer,
            settings.origins()));
  }

  /** With the sessions of these servers; named last, and reached as the first is. */
  public TestConnection nodes(TestServer... several) {
    return new TestConnection(
        settings.withNodes(
            Arrays.stream(several)
                .map(server -> new HostAddress("127.0.0.1", null, server.port()))
                .toList()));
  }

  private TestConnection with(
      List<HostAddress> hosts, List<String> maintenanceDatabases, String user, String role) {
    return new TestConnection(
        new ConnectionSettings(
            hosts,
            settings.database(),
            maintenanceDatabases,
            user,
            settings.password(),
            settings.driverProperties(),
            role,
            settings.connectTimeout(),
            settings.waitForServer(),
            settings.origins()));
  }
}
