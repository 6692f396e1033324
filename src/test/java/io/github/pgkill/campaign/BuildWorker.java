package io.github.pgkill.campaign;

import io.github.pgkill.maven.goal.SteeredBuild;
import io.github.pgkill.testing.Jvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One JVM that runs builds, and that can be interrupted like a Maven's. */
final class BuildWorker implements AutoCloseable {

  /** No build of the campaign takes so long: each of its waits is bounded by seconds. */
  private static final int LONGEST_SECONDS = 150;

  private static final int SIGINT_IN_MASK = 0x2;

  private final Process process;
  private final Writer orders;
  private final List<String> said = new ArrayList<>();
  private CompletableFuture<Optional<String>> answer = new CompletableFuture<>();

  private BuildWorker(Process process) {
    this.process = process;
    this.orders = process.outputWriter(StandardCharsets.UTF_8);
    Thread listener = new Thread(this::listen, "build " + process.pid());
    listener.setDaemon(true);
    listener.start();
  }

  /** Starts one; it is not ready yet when this returns. */
  static BuildWorker start(Path directory) {
    try {
      return new BuildWorker(
          new ProcessBuilder(Jvm.command(SteeredBuild.class, directory.toString()))
              .redirectErrorStream(true)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void listen() {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith(SteeredBuild.DONE)) {
          String text = line.substring(SteeredBuild.DONE.length());
          answered(Optional.of(URLDecoder.decode(text, StandardCharsets.UTF_8)));
        } else {
          hear(line);
        }
      }
    } catch (IOException e) {
      hear("killed while it spoke");
    }
    answered(Optional.empty());
  }

  private synchronized void answered(Optional<String> text) {
    answer.complete(text);
  }

  private synchronized void hear(String line) {
    said.add(line);
  }

  /** Waits until it can take orders. */
  BuildWorker ready() {
    if (outcome().isEmpty()) {
      throw new IllegalStateException("it does not start: " + said());
    }
    return this;
  }

  /** Begins that build. */
  void begin(Order order) {
    synchronized (this) {
      answer = new CompletableFuture<>();
      said.clear();
    }
    try {
      orders.write(order.line() + "\n");
      orders.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits for the end of the build.
   *
   * @return what made it fail, or an empty text; nothing when the process ended before it told
   */
  Optional<String> outcome() {
    try {
      CompletableFuture<Optional<String>> awaited;
      synchronized (this) {
        awaited = answer;
      }
      return awaited.get(LONGEST_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      signal("QUIT");
      pause();
      kill();
      throw new AssertionError("a build hangs:\n" + String.join("\n", said()), e);
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What the goals of the last build said. */
  synchronized List<String> said() {
    return List.copyOf(said);
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Sends it a signal by that name; a SIGINT that it was born to ignore becomes a SIGTERM. */
  void signal(String name) {
    String effective = name.equals("INT") && ignoresInterrupts() ? "TERM" : name;
    try {
      new ProcessBuilder("kill", "-" + effective, Long.toString(process.pid()))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** As children of a shell's background jobs do, and then Java does, too. */
  private boolean ignoresInterrupts() {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("SigIgn:"))
          .map(line -> line.substring("SigIgn:".length()).trim())
          .anyMatch(mask -> (Long.parseUnsignedLong(mask, 16) & SIGINT_IN_MASK) != 0);
    } catch (IOException e) {
      return true;
    }
  }

  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Waits until the process is gone, its shutdown hooks included. */
  void awaitEnd() {
    try {
      if (!process.waitFor(40, TimeUnit.SECONDS)) {
        signal("QUIT");
        pause();
        process.destroyForcibly();
        throw new AssertionError("a build does not end:\n" + String.join("\n", said()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void pause() {
    try {
      TimeUnit.SECONDS.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Lets it end as Maven does, and waits for that. */
  @Override
  public void close() {
    try {
      orders.close();
    } catch (IOException e) {
      // it is gone already
      hear("it ended before it was told to");
    }
    awaitEnd();
  }
}
