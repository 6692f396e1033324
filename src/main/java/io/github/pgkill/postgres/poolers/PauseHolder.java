package io.github.pgkill.postgres.poolers;

import io.github.pgkill.model.failure.PgkillException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.postgresql.Driver;

/**
 * A process that pauses aliases for a build and resumes them: when it is told to, when its standard
 * input ends because the build was killed, or when the pause has lasted long enough, whichever
 * comes first. A pause lives in the pooler's memory, and nobody else would end it.
 *
 * <p>It is told a {@link HolderOrder}, then {@code pause}, then {@code resume}. It answers with
 * lines of {@link HolderWords}: {@code ready} or {@code failed}; {@code sent} or {@code refused},
 * and {@code paused} for each alias; and at last {@code end} with the reason, after {@code
 * resumed}, or {@code stuck} for what it could not resume.
 */
public final class PauseHolder {

  public static final String PAUSE = "pause";
  public static final String RESUME = "resume";
  public static final String READY = "ready";
  public static final String FAILED = "failed";
  public static final String SENT = "sent";
  public static final String REFUSED = "refused";
  public static final String PAUSED = "paused";
  public static final String STUCK = "stuck";
  public static final String END = "end";

  /** Why it resumed: because it was told to. */
  public static final String ASKED = "asked";

  /** Because the pause had lasted as long as it may. */
  public static final String BOUND = "bound";

  /** Because the build is gone. */
  public static final String LEFT = "left";

  /** It is the last guard: a pooler that does not answer for a while must not stay paused. */
  private static final Duration PERSISTENCE = Duration.ofMinutes(30);

  /** For a console to show the pause that it was sent. */
  private static final Duration SHOWING = Duration.ofSeconds(5);

  /** After which a PAUSE that was sent into the dark does not take effect any more. */
  private static final Duration STRAY = Duration.ofSeconds(2);

  private static final Duration LOOK = Duration.ofMillis(10);
  private static final Duration AGAIN = Duration.ofMillis(200);

  private final PrintStream out;
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final Map<ConsoleLogin, PoolerConsole> consoles = new LinkedHashMap<>();
  private final List<HeldPause> pauses = new ArrayList<>();

  private PauseHolder(PrintStream out) {
    this.out = out;
  }

  /** What this process needs of the build's class path: our classes, and the driver. */
  public static List<Path> classPath() {
    return List.of(place(PauseHolder.class), place(Driver.class));
  }

  private static Path place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    new PauseHolder(new PrintStream(System.out, true, StandardCharsets.UTF_8)).run(in);
  }

  private void run(BufferedReader in) throws IOException, InterruptedException {
    HolderOrder order = HolderOrder.read(in);
    try {
      connect(order);
    } catch (PgkillException e) {
      say(FAILED, String.valueOf(e.getMessage()));
      return;
    }
    say(READY);
    Thread listener = new Thread(() -> listen(in), "listener");
    listener.setDaemon(true);
    listener.start();
    if (!told.take().equals(PAUSE)) {
      return;
    }
    long end = System.nanoTime() + order.bound().toNanos();
    pauseAll();
    String last = told.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    String reason = last == null ? BOUND : last.equals(RESUME) ? ASKED : LEFT;
    resumeAll();
    say(END, reason);
  }

  /** What is needed to resume is there, and its classes are loaded, before anything is paused. */
  private void connect(HolderOrder order) {
    order
        .aliases()
        .forEach(
            (login, names) -> {
              consoles.put(login, PoolerConsole.open(login));
              names.forEach(name -> pauses.add(new HeldPause(login, name)));
              try (PoolerConsole rehearsed = PoolerConsole.open(login)) {
                Resume.at(rehearsed, List.of());
              }
            });
  }

  private void listen(BufferedReader in) {
    String last = LEFT;
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        told.add(line);
      }
    } catch (IOException e) {
      last = LEFT + ": " + e.getMessage();
    }
    told.add(last);
  }

  private void pauseAll() throws InterruptedException {
    for (HeldPause pause : pauses) {
      pause.begin(() -> say(PAUSED, pause.console(), pause.alias()));
    }
    long deadline = System.nanoTime() + SHOWING.toNanos();
    while (!allShown() && System.nanoTime() < deadline) {
      Thread.sleep(LOOK.toMillis());
    }
    for (HeldPause pause : pauses) {
      if (!pause.isSeen()) {
        say(REFUSED, pause.console(), pause.alias(), pause.failure());
      }
    }
    say(SENT);
  }

  /** Whether each console shows its pauses, or has refused them. */
  private boolean allShown() {
    boolean all = true;
    for (Map.Entry<ConsoleLogin, PoolerConsole> one : consoles.entrySet()) {
      List<String> paused = shown(one.getValue(), of(one.getKey()));
      for (HeldPause pause : pauses) {
        if (pause.login().equals(one.getKey()) && paused.contains(pause.alias())) {
          pause.seen();
        }
        all &= pause.isSeen() || !pause.failure().isEmpty() || !pause.login().equals(one.getKey());
      }
    }
    return all;
  }

  private static List<String> shown(PoolerConsole console, List<String> aliases) {
    try {
      return Resume.paused(console, aliases);
    } catch (PgkillException e) {
      // it is asked again, and by others when it comes to resuming
      return List.of();
    }
  }

  private List<String> of(ConsoleLogin login) {
    return pauses.stream()
        .filter(pause -> pause.login().equals(login))
        .map(HeldPause::alias)
        .toList();
  }

  private void resumeAll() throws InterruptedException {
    boolean stray = pauses.stream().anyMatch(pause -> !pause.isSeen());
    if (stray) {
      pauses.stream().filter(pause -> !pause.isSeen()).forEach(HeldPause::abort);
    }
    resumed(PERSISTENCE);
    if (stray) {
      Thread.sleep(STRAY.toMillis());
      resumed(PERSISTENCE);
    }
    pauses.forEach(HeldPause::abort);
  }

  private void resumed(Duration persistence) throws InterruptedException {
    Map<ConsoleLogin, String> left = new LinkedHashMap<>();
    consoles.keySet().forEach(login -> left.put(login, ""));
    long deadline = System.nanoTime() + persistence.toNanos();
    while (!left.isEmpty()) {
      left.keySet().removeIf(this::resumed);
      if (!left.isEmpty()) {
        if (System.nanoTime() >= deadline) {
          left.keySet().forEach(login -> say(STUCK, login.console().toString()));
          return;
        }
        Thread.sleep(AGAIN.toMillis());
      }
    }
  }

  /** Over the connection that is there: behind a balancer another one may lead elsewhere. */
  private boolean resumed(ConsoleLogin login) {
    try {
      Resume.at(Objects.requireNonNull(consoles.get(login)), of(login));
      return true;
    } catch (PgkillException e) {
      return resumedAnew(login);
    }
  }

  private boolean resumedAnew(ConsoleLogin login) {
    try {
      PoolerConsole fresh = PoolerConsole.open(login);
      PoolerConsole lost = consoles.put(login, fresh);
      if (lost != null) {
        lost.abort();
      }
      Resume.at(fresh, of(login));
      return true;
    } catch (PgkillException e) {
      // again in a moment
      return false;
    }
  }

  private synchronized void say(String... words) {
    out.println(HolderWords.line(words));
  }
}
