package io.github.pgkill.job.admission;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The nodes that the user names beside the primary. Each has to answer, to be of the same cluster,
 * and to be a standby: two primaries with one system identifier are clones.
 */
public final class Nodes {

  private final ConnectionSettings settings;
  private final Server first;
  private final Function<HostAddress, Server> dial;
  private final List<Server> found = new ArrayList<>();

  private Nodes(ConnectionSettings settings, Server first, Function<HostAddress, Server> dial) {
    this.settings = settings;
    this.first = first;
    this.dial = dial;
    found.add(first);
  }

  /**
   * All of them, the one that was reached first at the head. Whoever asks closes the others.
   *
   * @param dial opens a connection to the one server at that host, standby or not
   * @throws PgkillFailure naming the node that does not answer or is none of the cluster
   */
  public static List<Server> of(
      ConnectionSettings settings, Server first, Function<HostAddress, Server> dial) {
    return of(
        settings,
        first,
        dial,
        e -> {
          throw e;
        });
  }

  /**
   * Those of them that can be had.
   *
   * @param missing told of each other one
   */
  static List<Server> of(
      ConnectionSettings settings,
      Server first,
      Function<HostAddress, Server> dial,
      Consumer<PgkillException> missing) {
    Nodes nodes = new Nodes(settings, first, dial);
    boolean complete = false;
    try {
      for (HostAddress host : settings.nodes()) {
        try {
          nodes.add(host);
        } catch (PgkillException e) {
          missing.accept(e);
        }
      }
      complete = true;
      return nodes.found;
    } finally {
      if (!complete) {
        close(nodes.found);
      }
    }
  }

  /** That there are standbys which nobody looks at; nothing where none is known. */
  public static List<String> unseen(List<Server> nodes) {
    String unseen = Wording.unseenStandbys(nodes.stream().map(Server::info).toList());
    return unseen.isEmpty() ? List.of() : List.of(unseen);
  }

  /** Ends the connections to all but the first. */
  public static void close(List<Server> nodes) {
    nodes.subList(1, nodes.size()).forEach(Server::close);
  }

  private void add(HostAddress host) {
    if (settings.node(host).equals(first.node())) {
      return;
    }
    Server node = dial(host);
    boolean another = false;
    try {
      another = isAnother(host, node.info());
    } finally {
      if (!another) {
        node.close();
      }
    }
    if (another) {
      found.add(node);
    }
  }

  private Server dial(HostAddress host) {
    try {
      return dial.apply(host);
    } catch (PgkillException e) {
      throw new PgkillFailure(
          "node " + host + " cannot be looked at: " + e.getMessage(),
          e.remedy().orElse("Is it up?")
              + " Or leave it out of -Dpgkill.nodes: its sessions are not looked at then.",
          e);
    }
  }

  /** False for the first by another name. */
  private boolean isAnother(HostAddress host, ServerInfo node) {
    if (node.pooled()) {
      throw new GuardRefusal(
          "node " + host + " is a connection pooler", "Name the server itself in -Dpgkill.nodes.");
    }
    requireSameCluster(host, node);
    for (Server known : found) {
      if (known.info().startedAt().equals(node.startedAt())) {
        return requireFirst(host, known);
      }
    }
    if (!node.standby() && !first.info().standby()) {
      throw new GuardRefusal(
          "node "
              + host
              + " is a primary, too, started at "
              + node.startedAt()
              + ": a clone, or a standby that was promoted",
          "Name the standbys of "
              + first.node()
              + " in -Dpgkill.nodes, or give the URL of the primary that is meant.");
    }
    return true;
  }

  private void requireSameCluster(HostAddress host, ServerInfo node) {
    String ours = first.info().systemIdentifier();
    String theirs = node.systemIdentifier();
    if (ours == null || theirs == null) {
      throw new GuardRefusal(
          "whether node " + host + " is of the same cluster cannot be told",
          "GRANT EXECUTE ON FUNCTION pg_control_system() TO the role, or leave out -Dpgkill.nodes.");
    }
    if (!ours.equals(theirs)) {
      throw new GuardRefusal(
          "node "
              + host
              + " is of another cluster: its system identifier is "
              + theirs
              + ", that of "
              + first.node()
              + " is "
              + ours,
          "Name the standbys of that server in -Dpgkill.nodes; a logical replica is a database of"
              + " its own, cleared by a goal of its own.");
    }
  }

  private boolean requireFirst(HostAddress host, Server known) {
    if (known == first) {
      return false;
    }
    throw new GuardRefusal(
        "node " + host + " is node " + known.node() + " by another name",
        "Name each server once in -Dpgkill.nodes.");
  }
}
