package io.github.pgkill.job.diagnose;

import io.github.pgkill.host.process.HostProcess;
import io.github.pgkill.host.process.LocalServer;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Refusal.Cause;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.Abilities;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.postgres.instance.AllSessions;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is in the way anywhere on the server, whichever database it is about. */
final class ServerBlockers {

  private final Server server;
  private final DatabaseInfo database;
  private final Intent intent;
  private final StuckLogins logins;

  ServerBlockers(Server server, DatabaseInfo database, Intent intent, Console console) {
    this.server = server;
    this.database = database;
    this.intent = intent;
    this.logins =
        new StuckLogins(server, Sessions.of(server, database, SessionFilter.ALL_CLIENTS), console);
  }

  /** Clients that hang in their login. */
  List<Blocker> logins(Abilities may) {
    return logins.hanging().stream()
        .map(
            pid ->
                new Blocker(
                    Kind.LOGIN,
                    "a client hangs while logging in (process "
                        + pid
                        + "), at a password prompt perhaps; to which database is not known yet",
                    null,
                    pid,
                    intent == Intent.DROP && logins.holdUpDrop(),
                    new Removal(
                        Removal.Action.TERMINATE_PROCESS,
                        "SELECT pg_terminate_backend(" + pid + ");"),
                    null,
                    may.superuser()
                        ? null
                        : new Refusal(
                            Cause.SUPERUSER_ONLY,
                            "only a superuser may end it; it ends by itself after"
                                + " authentication_timeout (1 minute unless changed)")))
        .toList();
  }

  /**
   * Stopped processes of the server, where it runs on this machine.
   *
   * @param notes takes what could not be found out
   */
  List<Blocker> stopped(List<String> notes) {
    List<Blocker> found = new ArrayList<>();
    try {
      LocalServer.answering(new AllSessions(server).instance(), null)
          .stopped()
          .forEach(process -> found.add(stopped(process)));
    } catch (PgkillFailure e) {
      notes.add(
          "whether a process of the server is stopped cannot be told by SQL, and its processes"
              + " cannot be seen from here: "
              + e.getMessage());
    }
    return found;
  }

  private Blocker stopped(HostProcess process) {
    int pid = (int) process.pid();
    boolean stops = intent == Intent.RESTART || (intent == Intent.DROP && logins.holdUpDrop());
    return new Blocker(
        Kind.STOPPED_PROCESS,
        "process "
            + pid
            + " is stopped and answers to nothing ("
            + process.title().orElse("")
            + ")",
        null,
        pid,
        stops,
        new Removal(Removal.Action.CONTINUE_PROCESS, "kill -CONT " + pid),
        null,
        null);
  }

  /** Base backups in progress: a restart would ruin them. */
  List<Blocker> baseBackups() {
    return new Preflight(server, database)
        .baseBackups().stream()
            .map(
                backup ->
                    intent == Intent.RESTART
                        ? backup
                            .stopping(true)
                            .refused(new Refusal(Cause.WAIT, "wait until it has ended"))
                        : backup)
            .toList();
  }

  /** Clients of other databases that a restart would hit. */
  List<Blocker> elsewhere() {
    if (intent != Intent.RESTART) {
      return List.of();
    }
    List<Blocker> found = new ArrayList<>();
    new Preflight(server, database)
        .clientsElsewhere()
        .forEach(
            (name, clients) ->
                found.add(
                    concern(
                        Kind.SESSION,
                        Wording.count(clients, "client")
                            + " of database "
                            + name
                            + " would be disconnected, too")));
    if (server.info().standbys() > 0) {
      found.add(
          concern(
              Kind.SESSION,
              Wording.count(server.info().standbys(), "standby")
                  + " would lose the connection for a moment"));
    }
    return found;
  }

  static Blocker concern(Kind kind, String what) {
    return concern(kind, what, null);
  }

  static Blocker concern(Kind kind, String what, @Nullable Refusal refusal) {
    return new Blocker(kind, what, null, null, false, null, null, refusal);
  }
}
