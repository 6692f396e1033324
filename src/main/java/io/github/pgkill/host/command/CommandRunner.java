package io.github.pgkill.host.command;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.codehaus.plexus.util.Os;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program and waits for it, never longer than it may take. Its standard input is empty, both
 * outputs are read on threads of their own, and when it is ended, its children are, too. When the
 * build is interrupted meanwhile, so is the program, unless it is one that has to last.
 */
public final class CommandRunner {

  /** How long an ended program may take to go by itself before it is killed. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** How often somebody who watches it has a look. */
  private static final Duration LOOK = Duration.ofMillis(500);

  /** How long output may still arrive once the program is gone: a server it started keeps pipes. */
  private static final Duration LAST_WORDS = Duration.ofMillis(500);

  private static final Charset NATIVE =
      Charset.forName(System.getProperty("native.encoding", Charset.defaultCharset().name()));

  private final UnaryOperator<List<String>> wrapping;
  private final boolean endedWithTheBuild;

  public CommandRunner() {
    this(argv -> argv, true);
  }

  private CommandRunner(UnaryOperator<List<String>> wrapping, boolean endedWithTheBuild) {
    this.wrapping = wrapping;
    this.endedWithTheBuild = endedWithTheBuild;
  }

  /**
   * One whose programs go on when the build is interrupted, as far as this host can see to that:
   * what stops a server and starts it again must not be broken off in between.
   */
  public static CommandRunner lasting(Programs programs) {
    return new CommandRunner(new Shield(programs)::around, false);
  }

  /**
   * Runs it to its end.
   *
   * @return what came of it, also when that is a failure
   * @throws PgkillError when it cannot be started, or this thread is interrupted
   */
  public CommandResult run(HostCommand command) {
    return run(command, elapsed -> true);
  }

  /**
   * Runs it to its end, and hands on what it writes while it runs.
   *
   * @param line gets each line of both outputs, secrets masked, on a thread that reads them
   * @return what came of it, also when that is a failure
   * @throws PgkillError when it cannot be started, or this thread is interrupted
   */
  public CommandResult runAloud(HostCommand command, Consumer<String> line) {
    return run(command, elapsed -> true, line);
  }

  /** Looks at a program now and then while it runs, on the thread that waits for it. */
  public interface Watch {

    /**
     * One look.
     *
     * @return whether it may go on; otherwise it is ended, as if it had taken too long
     */
    boolean mayGoOn(Duration elapsed);
  }

  /**
   * Runs it to its end, or until somebody who watches it has seen enough.
   *
   * @return what came of it, also when that is a failure
   * @throws PgkillError when it cannot be started, or this thread is interrupted
   */
  public CommandResult run(HostCommand command, Watch watch) {
    return run(command, watch, line -> {});
  }

  private CommandResult run(HostCommand command, Watch watch, Consumer<String> line) {
    long start = System.nanoTime();
    Process process = start(command);
    ProcessTree tree = new ProcessTree(process.toHandle());
    Thread hook = new Thread(() -> tree.end(GRACE), "pgkill: end " + command.program());
    boolean hooked = endedWithTheBuild && hook(hook);
    try {
      CommandOutput output = new CommandOutput(text -> line.accept(command.mask(text)));
      Thread out = read(process.getInputStream(), output::stdout);
      Thread err = read(process.getErrorStream(), output::stderr);
      boolean ended = await(process, command.timeout(), watch, start);
      if (!ended) {
        tree.end(GRACE);
      }
      out.join(LAST_WORDS.toMillis());
      err.join(LAST_WORDS.toMillis());
      output.end();
      return new CommandResult(
          command,
          ended ? process.exitValue() : -1,
          !ended,
          command.mask(output.beginning()),
          output.tail(command::mask),
          Duration.ofNanos(System.nanoTime() - start));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      tree.end(GRACE);
      throw new PgkillError("interrupted while running " + command.described(), null, e);
    } catch (PgkillException e) {
      tree.end(GRACE);
      throw e;
    } finally {
      unhook(hook, hooked);
    }
  }

  private static boolean await(Process process, Duration timeout, Watch watch, long start)
      throws InterruptedException {
    while (true) {
      long left = timeout.toNanos() - (System.nanoTime() - start);
      if (process.waitFor(Math.min(left, LOOK.toNanos()), TimeUnit.NANOSECONDS)) {
        return true;
      }
      Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
      if (elapsed.compareTo(timeout) >= 0 || !watch.mayGoOn(elapsed)) {
        return false;
      }
    }
  }

  private Process start(HostCommand command) {
    refuseBatchFiles(command);
    ProcessBuilder builder = new ProcessBuilder(wrapping.apply(command.argv()));
    if (command.directory() != null) {
      builder.directory(command.directory().toFile());
    }
    for (Map.Entry<String, @Nullable String> change : command.environment().entrySet()) {
      String value = change.getValue();
      if (value == null) {
        builder.environment().remove(change.getKey());
      } else {
        builder.environment().put(change.getKey(), value);
      }
    }
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return process;
    } catch (IOException | IllegalArgumentException e) {
      throw new PgkillError(
          "cannot run " + command.described() + " (" + command.mask(reason(e)) + ")",
          "Install "
              + command.mask(command.program())
              + " on this machine, or put it on the PATH of the build.",
          null);
    }
  }

  /** Windows would hand their arguments to cmd.exe, which reads them as a language of its own. */
  private static void refuseBatchFiles(HostCommand command) {
    if (Os.isFamily(Os.FAMILY_WINDOWS) && isBatchFile(command.program())) {
      throw batchFile(command);
    }
  }

  static boolean isBatchFile(String program) {
    String name = program.toLowerCase(Locale.ROOT);
    return name.endsWith(".bat") || name.endsWith(".cmd");
  }

  /** What to write instead: then it is the user who chose that shell, and its quoting. */
  static PgkillError batchFile(HostCommand command) {
    return new PgkillError(
        command.described()
            + " is a batch file: Windows hands its arguments to a shell, which this plugin never"
            + " does by itself",
        "Name the program that the batch file starts, or the shell: <arg>cmd.exe</arg>"
            + "<arg>/d</arg><arg>/c</arg><arg>"
            + command.mask(command.program())
            + "</arg> and its arguments, none of which may hold anything that cmd.exe reads: \" % ^ &"
            + " | < > ( ).",
        null);
  }

  private static String reason(Exception e) {
    String message = String.valueOf(e.getMessage());
    // "Cannot run program "x": error=2, No such file or directory"
    return message.replaceFirst("(?s)^Cannot run program \".*\"( \\(in directory .*\\))?: ", "");
  }

  /** Where what was read goes. */
  private interface Sink {
    void add(char[] text, int length);
  }

  private static Thread read(InputStream stream, Sink sink) {
    Thread reader =
        new Thread(
            () -> {
              char[] buffer = new char[8192];
              try (Reader text = new InputStreamReader(stream, NATIVE)) {
                for (int n = text.read(buffer); n >= 0; n = text.read(buffer)) {
                  sink.add(buffer, n);
                }
              } catch (IOException e) {
                char[] note = ("[output broke off: " + e.getMessage() + "]").toCharArray();
                sink.add(note, note.length);
              }
            },
            "pgkill: output of a program");
    reader.setDaemon(true);
    reader.start();
    return reader;
  }

  private static boolean hook(Thread hook) {
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      return true;
    } catch (IllegalStateException e) {
      // the JVM is going down already: whoever runs a program then waits for it in a hook of its
      // own
      return false;
    }
  }

  private static void unhook(Thread hook, boolean hooked) {
    if (!hooked) {
      return;
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the JVM is going down: the hook runs, finds nothing left to end, and is done
    }
  }
}
