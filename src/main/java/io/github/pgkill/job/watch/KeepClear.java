package io.github.pgkill.job.watch;

import io.github.pgkill.host.build.BuildSockets;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.WayBack;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.phases.Ending;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.postgres.core.ConnectionEnds;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Keeps a database clear until the build ends: checks beforehand that this build's own sessions can
 * be told from all others, and hands on to the watcher once the goal has succeeded.
 */
public final class KeepClear implements Phase<KeepClear.Post> {

  /**
   * Which sessions are ended, and whose waiting counts.
   *
   * @param filter which sessions may be ended
   * @param options how
   * @param roles the login roles whose waiting is this build's waiting
   * @param maxSessions how many may be ended at one look
   */
  public record Request(
      SessionFilter filter, TerminationOptions options, List<String> roles, int maxSessions) {

    public Request {
      roles = roles.stream().distinct().toList();
    }

    /** What this build's sessions call themselves, as far as the user said so. */
    Program tools() {
      return Program.named(filter.excludeApplicationNames());
    }
  }

  /**
   * Where the watcher writes down what it did after the goal.
   *
   * @param journal for that alone
   * @param report writes it when the build ends
   */
  public record Book(Journal journal, Consumer<Journal> report) {}

  /**
   * What is needed to watch.
   *
   * @param request what was asked for
   * @param way back to the server, past its guards
   * @param database the database to keep clear
   * @param key that database of that server, whatever names lead to it
   * @param namesOnly why connections do not tell this build's sessions from others, so that only
   *     their names do; empty where connections tell
   */
  record Post(
      Request request,
      WayBack way,
      DatabaseInfo database,
      String key,
      Optional<String> namesOnly) {}

  private final Admission admission;
  private final DatabaseInfo database;
  private final Request request;
  private final Book book;
  private final Console console;

  public KeepClear(
      Admission admission, DatabaseInfo database, Request request, Book book, Console console) {
    this.admission = admission;
    this.database = database;
    this.request = request;
    this.book = book;
    this.console = console;
  }

  @Override
  public Post check() {
    Server server = admission.server();
    Optional<String> unknown = ownSessionsUnknown(server);
    if (unknown.isPresent() && request.tools().names().isEmpty()) {
      throw new PgkillFailure(
          "keepClear cannot tell this build's own sessions from others ("
              + unknown.get()
              + "); nothing was touched",
          "Say what this build's tools call themselves, so that they are spared and waited for:"
              + " -Dpgkill.excludeApplicationNames=... (what ?ApplicationName= of their URL says;"
              + " PostgreSQL JDBC Driver without)"
              + (server.line().isEmpty() ? "; or let this goal connect to localhost by TCP" : ""));
    }
    return new Post(
        request, admission.way(), database, BuildLockouts.key(server.info(), database), unknown);
  }

  @Override
  public void say(Post post) {
    console.info(
        "keepClear: would terminate selected sessions that block this build, until it ends");
  }

  @Override
  public void run(Post post) {
    // what is there now is the goal's own work; the watcher follows it
  }

  @Override
  public void end(Post post, Ending ending) {
    if (ending == Ending.DONE) {
      Journal journal = book.journal();
      journal.connection(admission.settings());
      journal.server(admission.server().info());
      journal.database(database);
      BuildWatches.begin(post, () -> new ClearWatch(post, console, journal, book.report()));
    }
  }

  /** Why connections do not tell which process they belong to; empty when they do. */
  static Optional<String> ownSessionsUnknown(Server server) {
    Optional<ConnectionEnds> line = server.line();
    if (line.isEmpty()) {
      return Optional.of("we are connected over a Unix socket, which does not tell");
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
