package io.github.pgkill.host.restart;

import io.github.pgkill.host.process.HostProcess;
import io.github.pgkill.host.process.SystemdUnit;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** systemd, the system's or the user's own: {@code systemctl restart UNIT}. */
final class Systemctl implements ServiceManager {

  /** systemctl would take {@code *}, {@code ?} and {@code [} for patterns over all units. */
  private static final Pattern UNIT = Pattern.compile("[A-Za-z0-9:_.@\\\\-]+");

  private final Tools tools;
  private final RestartTarget target;
  private final String unit;
  private final boolean own;

  Systemctl(Tools tools, RestartTarget target) {
    this.tools = tools;
    this.target = target;
    this.unit = ServiceNames.require(target.serviceName(), UNIT, "a unit of systemd");
    this.own = ofUser(target.seen().unit().map(SystemdUnit::uid).orElse(null));
  }

  /** The unit whose main process the server is, if systemd says so itself. */
  static Optional<String> owning(Tools tools, HostProcess postmaster) {
    Optional<SystemdUnit> unit = postmaster.unit();
    if (unit.isEmpty() || tools.programs().find("systemctl").isEmpty()) {
      return Optional.empty();
    }
    boolean user = unit.get().uid() != null;
    CommandResult shown = tools.ask("systemctl", questions(user, unit.get().name()));
    return shown.succeeded() && mainPid(facts(shown)) == postmaster.pid()
        ? Optional.of(unit.get().name())
        : Optional.empty();
  }

  @Override
  public String prove() {
    Map<String, String> facts = show(unit);
    if ("not-found".equals(facts.get("LoadState"))) {
      throw new PgkillFailure("systemd has no unit " + unit, remedy());
    }
    long pid = target.seen().pid();
    if (mainPid(facts) == pid) {
      return "the server's process " + pid + " is the main process of unit " + unit;
    }
    return proveMembers(facts, pid);
  }

  /** Debian's postgresql.service has no process; it consists of a unit for each cluster. */
  private String proveMembers(Map<String, String> facts, long pid) {
    String ours = null;
    List<String> others = new ArrayList<>();
    for (String member : facts.getOrDefault("ConsistsOf", "").split(" ")) {
      Map<String, String> of = member.isEmpty() ? Map.of() : show(member);
      if (mainPid(of) == pid) {
        ours = member;
      } else if ("active".equals(of.get("ActiveState"))) {
        others.add(member);
      }
    }
    if (ours == null) {
      throw new PgkillFailure(
          "unit " + unit + " is not the one that runs the server: " + found(facts, pid), remedy());
    }
    if (!others.isEmpty()) {
      throw new PgkillFailure(
          "unit " + unit + " would restart other services, too: " + String.join(", ", others),
          "Name the server's own: -Dpgkill.serviceName=" + ours);
    }
    return "the server's process " + pid + " is of unit " + ours + ", all that " + unit + " has";
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
    List<String> argv = new ArrayList<>(List.of(tools.programs().require("systemctl")));
    if (own) {
      argv.add("--user");
    }
    argv.addAll(List.of("--no-ask-password", verb, "--", unit));
    return tools.command(target, argv);
  }

  private boolean ofUser(@Nullable String uid) {
    if (uid == null) {
      return false;
    }
    if (!uid.equals(ourUid()) || target.sudo()) {
      throw new PgkillFailure(
          "the server runs as a unit of user " + uid + "'s own systemd, which only they may ask",
          "Run the build as that user, without -Dpgkill.sudo.");
    }
    return true;
  }

  private static String ourUid() {
    try {
      return String.valueOf(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    } catch (IOException e) {
      return "unknown";
    }
  }

  private static String found(Map<String, String> facts, long pid) {
    long main = mainPid(facts);
    return (main == 0 ? "it has no process" : "its process is " + main)
        + ", the server's is "
        + pid;
  }

  private String remedy() {
    return target
        .seen()
        .unit()
        .map(u -> "The server runs in unit " + u.name() + ": -Dpgkill.serviceName=" + u.name())
        .orElse("The server runs in no unit of systemd: choose another -Dpgkill.restartWith.");
  }

  private Map<String, String> show(String name) {
    CommandResult shown = tools.ask("systemctl", questions(own, name));
    if (!shown.succeeded()) {
      throw new PgkillError(
          shown.failure(), "Does systemd run here? Choose another -Dpgkill.restartWith.", null);
    }
    return facts(shown);
  }

  private static String[] questions(boolean user, String name) {
    return Stream.of(
            user ? Stream.of("--user") : Stream.<String>empty(),
            Stream.of("show", "--property=MainPID,LoadState,ActiveState,ConsistsOf", "--", name))
        .flatMap(words -> words)
        .toArray(String[]::new);
  }

  private static Map<String, String> facts(CommandResult shown) {
    Map<String, String> facts = new HashMap<>();
    shown
        .stdout()
        .lines()
        .filter(line -> line.contains("="))
        .forEach(line -> facts.put(line.substring(0, line.indexOf('=')), after(line)));
    return facts;
  }

  private static String after(String line) {
    return line.substring(line.indexOf('=') + 1);
  }

  private static long mainPid(Map<String, String> facts) {
    String pid = facts.getOrDefault("MainPID", "");
    return pid.matches("\\d{1,10}") ? Long.parseLong(pid) : 0;
  }
}
