package io.github.pgkill.host.restart;

import io.github.pgkill.host.process.HostProcess;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Homebrew, on macOS and Linux: {@code brew services restart FORMULA}. */
final class Brew implements ServiceManager {

  private static final Pattern FORMULA = Pattern.compile("[A-Za-z0-9][A-Za-z0-9@._+/-]*");

  /** A formula is a folder in Homebrew's cellar, and a link in {@code opt}. */
  private static final Pattern INSIDE =
      Pattern.compile(".*/(?:Cellar|opt)/(postgresql(?:@\\d+)?)/.*bin/.*");

  private static final Pattern PID = Pattern.compile("\"pid\"\\s*:\\s*(\\d{1,10})");

  private final Tools tools;
  private final RestartTarget target;
  private final String formula;

  Brew(Tools tools, RestartTarget target) {
    this.tools = tools;
    this.target = target;
    this.formula = ServiceNames.require(target.serviceName(), FORMULA, "a formula of Homebrew");
  }

  /** The formula that the server's program belongs to, if Homebrew says that it runs it. */
  static Optional<String> owning(Tools tools, HostProcess postmaster) {
    if (tools.programs().find("brew").isEmpty()) {
      return Optional.empty();
    }
    return postmaster
        .executable()
        .map(Path::toString)
        .map(INSIDE::matcher)
        .filter(Matcher::matches)
        .map(matcher -> matcher.group(1))
        .filter(formula -> pid(tools, formula).equals(Optional.of(postmaster.pid())));
  }

  @Override
  public String prove() {
    Optional<Long> runs = pid(tools, formula);
    long server = target.seen().pid();
    if (runs.isEmpty()) {
      throw new PgkillFailure(
          "Homebrew does not say that it runs " + formula,
          "See brew services list, and name the formula: -Dpgkill.serviceName=postgresql@17");
    }
    if (runs.get() != server) {
      throw new PgkillFailure(
          "Homebrew's " + formula + " is process " + runs.get() + ", the server is " + server,
          "See brew services list, and name the formula: -Dpgkill.serviceName=postgresql@17");
    }
    return "the server's process " + server + " is the one of Homebrew's service " + formula;
  }

  private static Optional<Long> pid(Tools tools, String formula) {
    CommandResult told = tools.ask("brew", "services", "info", formula, "--json");
    Matcher pid = PID.matcher(told.stdout());
    return told.succeeded() && pid.find()
        ? Optional.of(Long.parseLong(pid.group(1)))
        : Optional.empty();
  }

  @Override
  public HostCommand command() {
    return command("restart");
  }

  @Override
  public Optional<HostCommand> start() {
    return Optional.of(command("start"));
  }

  private HostCommand command(String verb) {
    return tools.command(
        target, List.of(tools.programs().require("brew"), "services", verb, formula));
  }
}
