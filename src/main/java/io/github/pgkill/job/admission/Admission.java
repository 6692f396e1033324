package io.github.pgkill.job.admission;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.postgres.poolers.PoolerConsole;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The way into a server for every goal that changes something: guard, connect, guard again. Nothing
 * else opens a connection to change with, and each further one leads to the same server.
 */
public final class Admission implements AutoCloseable {

  private final ConnectionSettings settings;
  private final ServerGuard guard;
  private final DialPlan plan;
  private final Journal journal;
  private final Server server;
  private final WayBack way;
  private final int maxSessions;
  private final List<Server> nodes;

  private Admission(
      ConnectionSettings settings,
      ServerGuard guard,
      DialPlan plan,
      Console console,
      Journal journal) {
    this.settings = settings;
    this.guard = guard;
    this.plan = plan;
    this.journal = journal;
    ServerConnector connector = ServerConnector.toChange(settings, plan).telling(console::info);
    this.server = connector.connect();
    boolean admitted = false;
    try {
      journal.server(server.info());
      console.info(Wording.connected(settings, server.info()));
      this.maxSessions = guard.checkServer(server.info(), plan);
      this.way = new WayBack(settings, connector, guard, plan, server);
      this.nodes = nodesOf();
      for (Server node : nodes.subList(1, nodes.size())) {
        console.info("and its standby " + node.node() + ", PostgreSQL " + node.info().version());
      }
      admitted = true;
    } finally {
      if (!admitted) {
        server.close();
      }
    }
  }

  private List<Server> nodesOf() {
    return settings.nodes().isEmpty()
        ? List.of(server)
        : Nodes.of(
            settings,
            server,
            host -> ServerConnector.toChange(settings.withHosts(List.of(host)), plan).connect());
  }

  /** To end sessions of a database or to close it. */
  public static Admission toClear(
      ConnectionSettings settings, GuardRails rails, Console console, Journal journal) {
    ServerGuard guard = new ServerGuard(rails);
    guard.checkName(settings);
    return new Admission(settings, guard, new HostGuard().check(settings, rails), console, journal);
  }

  /**
   * To drop a database: never a protected one, and never from within.
   *
   * @param confirm the database's name, typed again; null when it was not
   */
  public static Admission toDrop(
      ConnectionSettings settings,
      GuardRails rails,
      @Nullable String confirm,
      Console console,
      Journal journal) {
    ServerGuard guard = new ServerGuard(rails);
    guard.checkMayBeDropped(settings);
    guard.checkConfirmation(settings, confirm);
    Admission admission =
        new Admission(
            ServerGuard.fromOutside(settings),
            guard,
            new HostGuard().check(settings, rails),
            console,
            journal);
    boolean confirmed = false;
    try {
      guard.requireConfirmation(settings, admission.server.info(), confirm);
      confirmed = true;
      return admission;
    } finally {
      if (!confirmed) {
        admission.close();
      }
    }
  }

  /** Where and as whom we are connected, for further connections. */
  public ConnectionSettings settings() {
    return settings;
  }

  /** To give back what was taken, which no protection of a database stands against. */
  public static Admission toRestore(
      ConnectionSettings settings, GuardRails rails, Console console, Journal journal) {
    return new Admission(
        settings, new ServerGuard(rails), new HostGuard().check(settings, rails), console, journal);
  }

  /**
   * A connection that changes nothing, to whichever server answers at the addresses that the guard
   * let through: what it is, whoever asks has to judge.
   */
  public static Server look(ConnectionSettings settings, DialPlan plan) {
    return ServerConnector.toChange(settings, plan).connect();
  }

  /**
   * A connection to a pooler's console, at the addresses that the guard let through; whoever asked
   * for it ends it. Outlives this admission.
   */
  public static PoolerConsole console(
      ConnectionSettings settings, HostAddress console, DialPlan plan) {
    return PoolerConsole.open(settings, console, plan);
  }

  /** One more connection to the same server, guarded again; whoever asked for it ends it. */
  public Server another() {
    return way.another();
  }

  /** The same into that database, for what can only be done there. */
  public Server into(String database) {
    return way.through(List.of(database)).another();
  }

  /** The way back to the same server, for those who outlive this goal. */
  public WayBack way() {
    return way;
  }

  public Server server() {
    return server;
  }

  /** The servers whose sessions count, the primary first. */
  public List<Server> nodes() {
    return nodes;
  }

  /** For a goal that looks at the primary alone, whatever else is named. */
  public void primaryOnly(String why) {
    if (severalNodes()) {
      journal.note(why + ": sessions on the other nodes were not looked at");
    }
  }

  /** Whether there are others beside the primary. */
  public boolean severalNodes() {
    return nodes.size() > 1;
  }

  public DialPlan plan() {
    return plan;
  }

  /** What the report is made of. */
  public Journal journal() {
    return journal;
  }

  /** How many victims the first selection may have. */
  public int maxSessions() {
    return maxSessions;
  }

  /** Whether a database beside the target is none to close or to clear. */
  public boolean isProtected(DatabaseInfo database) {
    return guard.isProtected(database);
  }

  /** The database to clear, if it exists or must; never one that is marked as protected. */
  public Optional<DatabaseInfo> target(boolean mustExist) {
    Optional<DatabaseInfo> database = server.target();
    if (mustExist && database.isEmpty()) {
      throw Target.missing(server, settings.database());
    }
    database.ifPresent(journal::database);
    database.ifPresent(guard::checkMarker);
    String unseen = Wording.unseenStandbys(infos());
    if (!unseen.isEmpty()) {
      journal.note(unseen);
    }
    return database;
  }

  private List<ServerInfo> infos() {
    List<ServerInfo> infos = new ArrayList<>();
    for (Server node : nodes) {
      infos.add(node.info());
    }
    return infos;
  }

  @Override
  public void close() {
    if (severalNodes()) {
      Nodes.close(nodes);
    }
    server.close();
  }
}
