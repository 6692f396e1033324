package io.github.pgkill.job.lockout;

import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.testing.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** Another build: a JVM of its own that runs the goals it is told to, and that can be killed. */
public final class BuildProcess implements AutoCloseable {

  private static final String DONE = "> ";

  private final Process process;
  private final BufferedReader answers;
  private final Writer commands;
  private final Map<String, String> phases = new ConcurrentHashMap<>();

  private BuildProcess(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.commands = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** Starts one that works on that database, or several with commas between, through that port. */
  public static BuildProcess start(int port, String database, String maintenanceDatabase) {
    return start(Jvm.command(BuildProcess.class, ports(port), database, maintenanceDatabase));
  }

  /**
   * Starts one for a cluster.
   *
   * @param ports where to look for the primary
   * @param nodes the ports of the servers whose sessions count; none for the primary alone
   */
  public static BuildProcess start(
      String systemIdentifier, String database, int[] ports, int... nodes) {
    return start(
        Jvm.command(
            BuildProcess.class,
            ports(ports),
            database,
            "postgres",
            systemIdentifier,
            ports(nodes)));
  }

  private static String ports(int... ports) {
    return Arrays.stream(ports).mapToObj(Integer::toString).collect(Collectors.joining(","));
  }

  private static int[] ports(String list) {
    return list.isEmpty()
        ? new int[0]
        : Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static BuildProcess start(List<String> command) {
    try {
      return new BuildProcess(new ProcessBuilder(command).redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  long pid() {
    return process.pid();
  }

  /** Does that and returns what came of it: {@code ok} or the failure's message. */
  public String tell(String command) {
    send(command);
    return answer();
  }

  void send(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String answer() {
    List<String> said = new ArrayList<>();
    try {
      String line = answers.readLine();
      while (line != null && !line.startsWith(DONE)) {
        said.add(line);
        line = answers.readLine();
      }
      if (line == null) {
        throw new IllegalStateException("it ended: " + said);
      }
      return line.substring(DONE.length());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Loops through those goals in each of its databases from now on, telling where it is. */
  void loop(String goals) {
    send("loop " + goals);
    Thread reader = new Thread(this::listen, "phases of build " + pid());
    reader.setDaemon(true);
    reader.start();
  }

  private void listen() {
    try {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        int space = line.indexOf(' ');
        phases.put(line.substring(0, Math.max(0, space)), line.substring(space + 1));
      }
    } catch (IOException e) {
      phases.put("", "killed while it spoke");
    }
  }

  /** What it last said it was doing in that database. */
  String phase(String database) {
    return phases.getOrDefault(database, "starting");
  }

  void kill() {
    Jvm.kill(process);
  }

  @Override
  public void close() {
    kill();
  }

  /** The other end. */
  public static void main(String[] arguments) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    int[] ports = ports(arguments[0]);
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] command = line.split(" ");
      if (command[0].equals("loop")) {
        loop(ports[0], arguments, command[1]);
      } else {
        LockoutJob job = LockoutJob.on(ports[0], arguments[1]).at(ports).from(arguments[2]);
        if (arguments.length > 3) {
          job.allowing(arguments[3]).nodesAt(ports(arguments[4]));
        }
        say(DONE + outcome(job, command));
      }
    }
  }

  private static void loop(int port, String[] arguments, String goals) {
    for (String database : arguments[1].split(",")) {
      Thread thread = new Thread(() -> loop(port, database, arguments[2], goals.split(",")));
      thread.setDaemon(true);
      thread.start();
    }
  }

  private static void loop(int port, String database, String maintenance, String[] goals) {
    CloseWith[] ways = CloseWith.values();
    for (int i = 0; ; i++) {
      for (String goal : goals) {
        LockoutJob job = LockoutJob.on(port, database).from(maintenance);
        say(database + " " + goal);
        String way = goal.equals("terminate") ? "auto" : ways[i % ways.length].name();
        String outcome = outcome(job, new String[] {goal, way, "BUILD_END", "30"});
        say(database + " after " + goal + ": " + outcome);
      }
    }
  }

  private static String outcome(LockoutJob job, String[] command) {
    try {
      switch (command[0]) {
        case "revoke" -> configured(job, command).revoke();
        case "terminate" -> configured(job, command).reopen(Reopen.IMMEDIATELY).terminate();
        case "restore" -> job.restore();
        case "force" -> job.restoreByForce();
        case "end" -> job.end();
        case "loops" -> {
          for (int i = Integer.parseInt(command[1]); i > 0; i--) {
            job.revoke();
            job.restore();
          }
        }
        default -> throw new IllegalArgumentException(command[0]);
      }
      return "ok " + job.said().replace('\n', '|');
    } catch (PgkillException e) {
      return "failed " + e.getMessage() + " | " + e.remedy().orElse("");
    }
  }

  private static LockoutJob configured(LockoutJob job, String[] command) {
    return job.with(command[1].equals("auto") ? null : CloseWith.valueOf(command[1]))
        .reopen(Reopen.valueOf(command[2]))
        .timeout(Duration.ofSeconds(Long.parseLong(command[3])));
  }

  private static synchronized void say(String line) {
    PrintStream out = System.out;
    out.println(line);
    out.flush();
  }
}
