package io.github.pgkill.job.terminate;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.BuildStep;
import io.github.pgkill.model.host.BuildSteps;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.text.PlainText;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.postgres.core.Script;
import io.github.pgkill.postgres.core.ScriptSession;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The steps of the build's own, in order: statements and programs that run while the database is
 * the build's. The first that fails stops the job and names itself.
 */
final class OwnSteps {

  private static final int SHOWN = 160;

  private final BuildSteps steps;
  private final @Nullable Secret password;
  private final Server server;
  private final DatabaseInfo database;
  private final Console console;
  private final Journal journal;
  private final Map<BuildStep, List<String>> statements = new HashMap<>();

  /**
   * Takes them apart.
   *
   * @param password of the connection; masked in what programs say
   * @throws InvalidParameter when statements cannot be taken apart; nothing was touched then
   */
  OwnSteps(
      BuildSteps steps,
      @Nullable Secret password,
      Server server,
      DatabaseInfo database,
      Console console,
      Journal journal) {
    this.steps = steps;
    this.password = password;
    this.server = server;
    this.database = database;
    this.console = console;
    this.journal = journal;
    Stream.concat(steps.before().stream(), steps.after().stream()).forEach(this::takeApart);
  }

  /** Those for when the database is closed and nobody is terminated yet. */
  Phase<Nothing> before() {
    return new Steps(steps.before(), () -> {});
  }

  /**
   * Those for when the sessions are gone. They go by the database's name, and so does whoever
   * relies on this goal's success.
   */
  Phase<Nothing> after() {
    return new Steps(steps.after(), () -> new Databases(server).requireSame(database));
  }

  /** Some of them, with what must hold around each. */
  private final class Steps implements Phase<Nothing> {

    private final List<BuildStep> which;
    private final Runnable around;

    Steps(List<BuildStep> which, Runnable around) {
      this.which = which;
      this.around = around;
    }

    @Override
    public Nothing check() {
      // they were taken apart when the goal began
      return Nothing.NOTHING;
    }

    @Override
    public void say(Nothing plan) {
      which.forEach(OwnSteps.this::say);
    }

    @Override
    public void run(Nothing plan) {
      for (BuildStep step : which) {
        around.run();
        OwnSteps.this.run(step);
      }
      around.run();
    }
  }

  private void say(BuildStep step) {
    if (step instanceof BuildStep.Sql sql) {
      of(sql).stream().map(Script::masked).forEach(journal::planned);
    } else if (step instanceof BuildStep.Command program) {
      journal.planned(command(program).described());
    }
    journal.step(StepResult.planned(step.name(), kind(step), what(step)));
  }

  private void run(BuildStep step) {
    console.info(step.name() + ": " + cut(what(step)));
    if (step instanceof BuildStep.Sql sql) {
      run(sql);
    } else if (step instanceof BuildStep.Command program) {
      run(program);
    }
  }

  private void run(BuildStep.Sql step) {
    long start = System.nanoTime();
    String problem = problem(step, start);
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    journal.step(
        new StepResult(
            step.name(),
            StepResult.Kind.SQL,
            what(step),
            problem.isEmpty() ? StepResult.Status.DONE : StepResult.Status.FAILED,
            took,
            null,
            problem));
    if (!problem.isEmpty()) {
      throw new PgkillFailure(
          step.name() + (step.source().isEmpty() ? "" : " (" + step.source() + ")") + problem,
          "Correct the step; what the statements before it did has stayed.");
    }
  }

  /** What went wrong, in words that continue the step's name; empty when all went well. */
  private String problem(BuildStep.Sql step, long start) {
    List<String> all = of(step);
    try (ScriptSession session = server.script(place(step))) {
      for (int i = 0; i < all.size(); i++) {
        Duration left = step.timeout().minusNanos(System.nanoTime() - start);
        if (left.isNegative() || left.isZero()) {
          return " took longer than " + Durations.format(step.timeout());
        }
        try {
          session.run(all.get(i), left);
          journal.executed(Script.masked(all.get(i)));
        } catch (ScriptSession.Refused e) {
          return ", statement "
              + (i + 1)
              + " of "
              + all.size()
              + " ("
              + cut(Script.masked(all.get(i)))
              + ") failed: "
              + e.getMessage();
        }
      }
      return "";
    }
  }

  /** What it runs; whatever is said of it is said without the connection's password. */
  private HostCommand command(BuildStep.Command step) {
    return password == null ? step.command() : step.command().withSecret(password);
  }

  private void run(BuildStep.Command step) {
    HostCommand command = command(step);
    CommandResult result =
        new CommandRunner()
            .runAloud(command, line -> console.info(step.name() + ": " + PlainText.line(line)));
    journal.step(result.step(step.name()));
    journal.executed(command.described());
    if (!result.succeeded()) {
      throw new PgkillError(step.name() + " failed: " + result.failure(), null, null);
    }
  }

  private String place(BuildStep.Sql step) {
    return step.place() == BuildStep.Place.TARGET ? database.name() : server.info().connectedTo();
  }

  private void takeApart(BuildStep step) {
    if (step instanceof BuildStep.Sql sql) {
      try {
        statements.put(step, Script.statements(sql.text()));
      } catch (IllegalArgumentException e) {
        throw new InvalidParameter(
            step.name(),
            (sql.source().isEmpty() ? "" : sql.source() + ": ") + e.getMessage(),
            "Write SQL statements, separated by semicolons; what psql itself does belongs into a"
                + " <command>.");
      }
      if (of(sql).isEmpty()) {
        throw new InvalidParameter(
            step.name(), "there is no statement in it", "Write at least one, or drop the step.");
      }
    }
  }

  private List<String> of(BuildStep.Sql step) {
    return statements.getOrDefault(step, List.of());
  }

  private static StepResult.Kind kind(BuildStep step) {
    return step instanceof BuildStep.Sql ? StepResult.Kind.SQL : StepResult.Kind.COMMAND;
  }

  private String what(BuildStep step) {
    if (step instanceof BuildStep.Command program) {
      return command(program).described();
    }
    BuildStep.Sql sql = (BuildStep.Sql) step;
    String text = String.join(";\n", of(sql).stream().map(Script::masked).toList());
    return sql.source().isEmpty() ? text : sql.source() + ": " + text;
  }

  private static String cut(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    return line.length() <= SHOWN ? line : line.substring(0, SHOWN - 3) + "...";
  }
}
