package io.github.pgkill.job.watch;

import io.github.pgkill.host.build.BuildSockets;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.DebugConsole;
import io.github.pgkill.job.admission.WayBack;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.Program;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.postgres.core.ConnectionEnds;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a database clear until the build ends: checks beforehand that this build's own sessions can
 * be told from all others, and starts the watcher once the goal has succeeded.
 */
public final class KeepClear {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param filter which sessions may be ended
   * @param options how
   * @param admitRoles roles of this build beside the connecting one
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      TerminationOptions options,
      List<String> admitRoles) {

    public Request {
      admitRoles = List.copyOf(admitRoles);
    }

    /** The login roles whose waiting is this build's waiting. */
    List<String> roles() {
      List<String> roles = new ArrayList<>(admitRoles);
      roles.add(connection.user());
      return roles.stream().distinct().toList();
    }

    /** What this build's sessions call themselves, as far as the user said so. */
    Program tools() {
      return Program.named(filter.excludeApplicationNames());
    }
  }

  /**
   * What is needed to watch.
   *
   * @param request what was asked for
   * @param way back to the server, past its guards
   * @param database the database to keep clear
   * @param key that database of that server, whatever names lead to it
   * @param maxSessions how many may be ended at one look
   * @param namesOnly why connections do not tell this build's sessions from others, so that only
   *     their names do; empty where connections tell
   */
  record Post(
      Request request,
      WayBack way,
      DatabaseInfo database,
      String key,
      int maxSessions,
      Optional<String> namesOnly) {}

  private final Console console;
  private final Journal journal;
  private final Consumer<Journal> report;
  private @Nullable Post post;

  /**
   * @param journal for what the watcher does
   * @param report writes it when the build ends
   */
  public KeepClear(Console console, Journal journal, Consumer<Journal> report) {
    this.console = console;
    this.journal = journal;
    this.report = report;
  }

  /**
   * Looks whether it can be done, before anybody is touched.
   *
   * @throws PgkillFailure when this build's own sessions cannot be told from others
   */
  public void prepare(Request request) {
    journal.connection(request.connection());
    try (Admission admission =
        Admission.toClear(
            request.connection(), request.rails(), DebugConsole.beside(console), journal)) {
      Optional<DatabaseInfo> database = admission.target(false);
      if (database.isEmpty()) {
        return;
      }
      Server server = admission.server();
      Optional<String> unknown = ownSessionsUnknown(server);
      if (unknown.isPresent() && request.tools().names().isEmpty()) {
        throw new PgkillFailure(
            "keepClear cannot tell this build's own sessions from others ("
                + unknown.get()
                + "); nothing was touched",
            "Say what this build's tools call themselves, so that they are spared and waited for:"
                + " -Dpgkill.excludeApplicationNames=... (what ?ApplicationName= of their URL says;"
                + " PostgreSQL JDBC Driver without)");
      }
      post =
          new Post(
              request,
              admission.way(),
              database.get(),
              BuildLockouts.key(server.info(), database.get()),
              admission.maxSessions(),
              unknown);
    }
  }

  /** Watches from now on until the build ends. */
  public void begin() {
    Post ready = post;
    if (ready != null) {
      BuildWatches.begin(ready, () -> new ClearWatch(ready, console, journal, report));
    }
  }

  /** Why connections do not tell which process they belong to; empty when they do. */
  static Optional<String> ownSessionsUnknown(Server server) {
    Optional<ConnectionEnds> line = server.line();
    if (line.isEmpty()) {
      return Optional.of("we are connected over a Unix socket");
    }
    BuildSockets.Answer answer = BuildSockets.connectedTo(line.get().serverPort());
    if (answer instanceof BuildSockets.Unknown unknown) {
      return Optional.of(unknown.why());
    }
    return ((BuildSockets.Known) answer).ends().contains(line.get().client())
        ? Optional.empty()
        : Optional.of("between this machine and the server addresses are translated");
  }
}
