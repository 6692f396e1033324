package io.github.pgkill.job.diagnose;

import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.ByteCount;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.nodes.WalReplay;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;

/**
 * What there is on the standbys of a cluster. None of it stops the primary: it holds up replay, so
 * that a closed database stays open there and a dropped one lives on.
 */
final class NodeBlockers {

  private final List<Server> nodes;
  private final DatabaseInfo database;
  private final SessionFilter filter;
  private final List<Session> sessions = new ArrayList<>();

  /**
   * @param nodes the primary first
   */
  NodeBlockers(List<Server> nodes, DatabaseInfo database, SessionFilter filter) {
    this.nodes = nodes;
    this.database = database;
    this.filter = filter;
  }

  /** How each standby replays, and who is connected to the database there. */
  List<Blocker> find() {
    List<Blocker> found = new ArrayList<>();
    if (nodes.size() > 1 && !nodes.get(0).info().standby()) {
      String position = WalReplay.flushed(nodes.get(0));
      for (Server node : nodes.subList(1, nodes.size())) {
        found.addAll(on(node, position));
      }
    }
    return found;
  }

  /** Those that the filters match there. */
  List<Session> sessions() {
    return sessions;
  }

  private List<Blocker> on(Server node, String position) {
    List<Blocker> found = new ArrayList<>();
    found.add(
        ServerBlockers.concern(
            Blocker.Kind.SESSION, replay(node, WalReplay.state(node, position))));
    for (Candidate candidate : Selection.of(Sessions.of(node, database, filter)).candidates()) {
      Session session = candidate.session();
      sessions.add(session);
      found.add(
          ServerBlockers.concern(
              Blocker.Kind.SESSION,
              "session " + Wording.session(session) + ", may hold up replay there"));
    }
    return found;
  }

  private static String replay(Server node, WalReplay.State state) {
    List<String> holders = WalReplay.holders(node);
    return "standby "
        + node.node()
        + (state.passed()
            ? " is up to date"
            : " is " + ByteCount.format(state.behind()) + " behind")
        + (state.paused() ? ", its replay is paused" : "")
        + (state.delayed() ? ", recovery_min_apply_delay is " + state.applyDelay() : "")
        + (holders.isEmpty() ? "" : ", replay there waits for " + String.join(" and ", holders))
        + ", max_standby_streaming_delay is "
        + state.standbyDelay();
  }
}
