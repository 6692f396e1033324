package io.github.pgkill.job.restart;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.text.PlainText;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A restart by a program of this host. */
final class HostRestart implements RestartMethod {

  /** Exit codes above it say by which signal a program was ended. */
  private static final int BY_SIGNAL = 128;

  private final RestartPlan plan;
  private final CommandRunner runner;
  private final Console console;
  private final Journal journal;

  /**
   * @param runner goes on when the build is interrupted
   */
  HostRestart(RestartPlan plan, CommandRunner runner, Console console, Journal journal) {
    this.plan = plan;
    this.runner = runner;
    this.console = console;
    this.journal = journal;
  }

  @Override
  public String proof() {
    return plan.proof();
  }

  @Override
  public String described() {
    return plan.command().described();
  }

  @Override
  public String startedBy() {
    return plan.startedBy();
  }

  @Override
  public Attempt attempt(RestartProof proof, Duration readyTimeout) {
    CommandResult result = runner.run(plan.command());
    if (result.succeeded()) {
      return new Attempt(result.step("restart"), End.DONE, said(result), null);
    }
    boolean cut = result.timedOut() || result.exitCode() > BY_SIGNAL;
    return new Attempt(
        result.step("restart"), cut ? End.BROKE_OFF : End.REFUSED, result.failure(), null);
  }

  private static String said(CommandResult result) {
    return result.tail().isBlank() ? "" : "; the command said: " + PlainText.joined(result.tail());
  }

  @Override
  public RestartProof.Look finish(RestartProof proof, Duration readyTimeout) {
    return new RollForward(plan, proof, runner, console, journal).within(readyTimeout);
  }

  @Override
  public @Nullable String objection(RestartProof.Look restarted) {
    return null;
  }

  @Override
  public String aftermath() {
    List<String> lines = plan.log().news();
    return lines.isEmpty() ? "" : "; the server's log says: " + String.join(" | ", lines);
  }
}
