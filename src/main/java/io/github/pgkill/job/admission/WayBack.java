package io.github.pgkill.job.admission;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.postgres.core.ProvenRestarts;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import java.util.List;
import java.util.function.Consumer;

/**
 * The way back to the server that an {@link Admission} reached, also for those who outlive it. It
 * leads to that server and no other, past the same guards, for everything that takes, ends or
 * drops. Giving back is let through after a failover or a restart by others as well.
 */
public final class WayBack {

  private final ConnectionSettings settings;
  private final ServerConnector connector;
  private final ServerGuard guard;
  private final DialPlan plan;
  private final ServerInfo first;
  private final HostAddress host;

  /** Of the primary that was reached first; 0 where no nodes are named. */
  private final long timeline;

  /**
   * @param connector the one that opened this connection to the server
   */
  WayBack(
      ConnectionSettings settings,
      ServerConnector connector,
      ServerGuard guard,
      DialPlan plan,
      Server server) {
    this(
        settings,
        connector,
        guard,
        plan,
        server.info(),
        server.host(),
        settings.nodes().isEmpty() ? 0 : server.timeline());
  }

  private WayBack(
      ConnectionSettings settings,
      ServerConnector connector,
      ServerGuard guard,
      DialPlan plan,
      ServerInfo first,
      HostAddress host,
      long timeline) {
    this.settings = settings;
    this.connector = connector;
    this.guard = guard;
    this.plan = plan;
    this.first = first;
    this.host = host;
    this.timeline = timeline;
  }

  /** The same way through these databases. */
  public WayBack through(List<String> databases) {
    return new WayBack(settings, connector.through(databases), guard, plan, first, host, timeline);
  }

  /**
   * One more connection to the very same server, which whoever asked for it ends.
   *
   * @throws AnotherServer when another one answers, or the same one after a restart by others
   */
  public Server another() {
    Server further = connector.connect();
    boolean admitted = false;
    try {
      guard.checkServer(further.info(), plan);
      admitted = true;
      return further;
    } finally {
      if (!admitted) {
        further.close();
      }
    }
  }

  /**
   * A connection to open what this build closed, and for nothing else: to the same server, or to
   * the primary of its cluster, at whichever of the hosts and nodes that is. Whether that bears the
   * record is still to be asked.
   *
   * @throws AnotherServer when a server of another cluster answers, or a standby
   */
  public Server toGiveBack() {
    return connector.orSuccessor().connect();
  }

  /**
   * The nodes beside that primary, itself at the head, to prove an opening on. Whoever asks closes
   * the others.
   *
   * @param missing told of those that cannot be had any more
   */
  public List<Server> nodes(Server primary, Consumer<PgkillException> missing) {
    return Nodes.of(settings, primary, host -> connector.lookAt(host).connect(), missing);
  }

  /** Whether sessions of more than one server count. */
  public boolean severalNodes() {
    return !settings.nodes().isEmpty();
  }

  /** Whether there are hosts to look for another primary at. */
  public boolean severalHosts() {
    return settings.everyHost().size() > 1;
  }

  /** Whether that is the very server that was reached first, restarted at most by this build. */
  public boolean leadsTo(ServerInfo server) {
    return ProvenRestarts.leadFrom(first, server);
  }

  /** Whether the host that answered first is there as a standby now. */
  public boolean becameStandby() {
    try (Server server = connector.lookAt(host).connect()) {
      ServerInfo now = server.info();
      return now.standby()
          && String.valueOf(now.systemIdentifier()).equals(first.systemIdentifier());
    } catch (PgkillException e) {
      // it does not answer: then nobody knows
      return false;
    }
  }

  /**
   * Whether that primary may have come after the one that was reached first: a promotion begins a
   * higher timeline, and a clone that answers elsewhere with the same one was never promoted. Asked
   * where nodes are named; elsewhere the record alone tells.
   */
  public boolean mayBeSuccessor(Server primary) {
    if (!severalNodes()) {
      return true;
    }
    long now = primary.timeline();
    return primary.host().equals(host) ? now >= timeline : now > timeline;
  }

  /** What was reached first. */
  public ServerInfo first() {
    return first;
  }

  /** It as one would name it to somebody who looks for it. */
  public String described() {
    return host
        + " (system identifier "
        + first.systemIdentifier()
        + ", started at "
        + first.startedAt()
        + ")";
  }
}
