package io.github.pgkill.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The server that all stories of a build share, in a JVM of its own because the stories' scripts
 * run inside Maven, where nothing of ours may stay. The build starts it before the stories and
 * stops it after them by deleting the file that tells where it is; should the build die instead, it
 * notices and ends by itself.
 */
public final class StoryServer {

  /** Members of this role have to give their password; all others are trusted. */
  static final String ASKED_FOR_PASSWORD = "asked_for_password";

  private static final int PATIENCE_SECONDS = 60;
  private static final Duration INTERVAL = Duration.ofMillis(100);

  private StoryServer() {}

  /**
   * @param arguments {@code start} or {@code stop}, and the file that tells where the server is
   */
  public static void main(String[] arguments) throws Exception {
    Path file = Path.of(arguments[1]);
    switch (arguments[0]) {
      case "start" -> start(file);
      case "stop" -> stop(file);
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }

  private static void start(Path file) throws Exception {
    Files.deleteIfExists(file);
    ProcessHandle.current()
        .parent()
        .ifPresent(maven -> maven.onExit().thenRun(() -> System.exit(0)));
    TestServer server =
        TestServer.start(
            Map.of(), List.of("host all +" + ASKED_FOR_PASSWORD + " all scram-sha-256"));
    Runtime.getRuntime().addShutdownHook(new Thread(server::close, "stop story server"));
    server.execute("create role " + ASKED_FOR_PASSWORD);
    Properties facts = server.facts();
    facts.setProperty("pid", Long.toString(ProcessHandle.current().pid()));
    Path draft = file.resolveSibling(file.getFileName() + ".draft");
    try (OutputStream out = Files.newOutputStream(draft)) {
      facts.store(out, null);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    while (Files.exists(file)) {
      LockSupport.parkNanos(INTERVAL.toNanos());
    }
    System.exit(0);
  }

  private static void stop(Path file) throws Exception {
    Optional<ProcessHandle> server = read(file).flatMap(StoryServer::process);
    Files.deleteIfExists(file);
    if (server.isPresent()) {
      server.get().onExit().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** Waits until the server of this build is up. */
  static TestServer await(Path file) {
    Eventually.within(PATIENCE_SECONDS, () -> read(file).flatMap(StoryServer::process).isPresent());
    return read(file).map(TestServer::attach).orElseThrow();
  }

  private static Optional<Properties> read(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      Properties facts = new Properties();
      facts.load(in);
      return Optional.of(facts);
    } catch (IOException notYet) {
      return Optional.empty();
    }
  }

  /** Empty when the file is left over from an earlier build. */
  private static Optional<ProcessHandle> process(Properties facts) {
    return ProcessHandle.of(Long.parseLong(facts.getProperty("pid")))
        .filter(ProcessHandle::isAlive);
  }
}
