package io.github.pgkill.benchmark;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.terminate.TerminateSessions;
import io.github.pgkill.job.terminate.TerminationExtras;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.json.JsonReport;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The job of {@code pgkill:terminate} without Maven around it, from the host guard to the verdict.
 * Without a quiet period: nobody else watches for newcomers in the comparison.
 */
final class Job {

  private Job() {}

  /** Runs it against database {@code app} and insists on success. */
  static Termination run(int port) {
    return run(port, new Journal("terminate", "benchmark", "benchmark"));
  }

  private static Termination run(int port, Journal journal) {
    Termination termination = new TerminateSessions(new Silence(), journal).run(request(port));
    if (termination.verdict().status() != Verdict.Status.SUCCESS) {
      throw new IllegalStateException(termination.verdict().summary());
    }
    return termination;
  }

  private static TerminateSessions.Request request(int port) {
    return new TerminateSessions.Request(
        new ConnectionSettings(
            List.of(new HostAddress("127.0.0.1", null, port)),
            "app",
            List.of("postgres"),
            "postgres",
            null,
            Map.of(),
            null,
            Duration.ofSeconds(10),
            Duration.ZERO,
            Map.of()),
        new GuardRails(List.of(), List.of(), List.of(), List.of(), null),
        SessionFilter.ALL_CLIENTS,
        new TerminationOptions(
            Duration.ofSeconds(120), Duration.ZERO, Duration.ZERO, false, false),
        null,
        TerminationExtras.NOTHING,
        true);
  }

  /** The job and its report, in a JVM of its own whose heap somebody limits. */
  public static void main(String[] arguments) throws IOException {
    Journal journal = new Journal("terminate", "benchmark", "benchmark");
    Termination termination = run(Integer.parseInt(arguments[0]), journal);
    journal.results(termination.results());
    journal.verdict(termination.verdict());
    JsonReport.print(journal.report(), Writer.nullWriter());
  }

  /** Swallows every line. */
  private static final class Silence implements Console {

    @Override
    public void debug(String line) {}

    @Override
    public void info(String line) {}

    @Override
    public void warn(String line) {}

    @Override
    public int width() {
      return 120;
    }
  }
}
