package io.github.pgkill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test, or the class, that leaves something behind: a test server or a session on one, a
 * process, a thread, a temporary file. Every test has it, by way of {@code META-INF/services}. What
 * a class holds from {@code @BeforeAll} to {@code @AfterAll} is no leak of its tests.
 */
public final class LeakCheck
    implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {

  /** What ends by itself, such as a backend whose client is gone, has this time for it. */
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private static final long INTERVAL_NANOS = 5_000_000;

  // tests run one after the other, and what one leaves behind is not the next one's fault
  private Map<String, String> beforeClass = Map.of();
  private Map<String, String> beforeTest = Map.of();
  private boolean classIsNew;

  @Override
  public void beforeAll(ExtensionContext context) {
    beforeClass = everything();
    classIsNew = true;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    if (classIsNew) {
      beforeTest = everything();
      classIsNew = false;
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    Map<String, String> before = beforeTest;
    beforeTest = settled(before);
    compare(before, beforeTest);
  }

  @Override
  public void afterAll(ExtensionContext context) {
    compare(beforeClass, settled(beforeClass));
  }

  /** What is there as soon as nothing of it is new, or when there was time enough. */
  private static Map<String, String> settled(Map<String, String> before) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Map<String, String> now = everything();
    while (!before.keySet().containsAll(now.keySet()) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(INTERVAL_NANOS);
      now = everything();
    }
    return now;
  }

  private static void compare(Map<String, String> before, Map<String, String> after) {
    Map<String, String> left = new LinkedHashMap<>(after);
    left.keySet().removeAll(before.keySet());
    if (!left.isEmpty()) {
      throw new AssertionError("left behind: " + String.join("; ", left.values()));
    }
  }

  /** What a test could leave behind: how to tell each from others, and what to call it. */
  private static Map<String, String> everything() {
    Map<String, String> found = new LinkedHashMap<>();
    List<TestServer> servers = TestServer.running();
    for (TestServer server : servers) {
      if (!server.isShared()) {
        found.put("server " + server.port(), "the test server in " + server.socketDirectory());
      }
      findSessions(server, found);
    }
    findThreads(found);
    findProcesses(servers, found);
    findFiles(servers, found);
    return found;
  }

  private static void findSessions(TestServer server, Map<String, String> found) {
    try {
      for (String session : server.otherSessions()) {
        found.put(
            server.port() + session.substring(0, session.indexOf(',')), "the session " + session);
      }
    } catch (SQLException e) {
      // a server that is down has none
      boolean down = e.getSQLState() == null || e.getSQLState().startsWith("08");
      if (!down) {
        found.put("silent " + server.port(), "a server that says " + e.getMessage());
      }
    }
  }

  private static void findThreads(Map<String, String> found) {
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      boolean junits = thread.getName().startsWith("junit-");
      if ((!thread.isDaemon() && !junits) || thread.getName().startsWith("pgkill")) {
        found.put("thread " + thread.getId(), "the thread " + thread.getName());
      }
    }
  }

  private static void findProcesses(List<TestServer> servers, Map<String, String> found) {
    ProcessHandle.current()
        .children()
        .filter(child -> servers.stream().noneMatch(server -> server.isGuardedBy(child.pid())))
        .filter(child -> !Fleet.runs(child.pid()))
        .forEach(
            child ->
                found.put(
                    "process " + child.pid() + child.info().startInstant().orElse(null),
                    "the process " + child.pid() + " " + child.info().commandLine().orElse("")));
  }

  /** Those of the tests of other JVMs have another number; pg_restore's lists are gone soon. */
  private static void findFiles(List<TestServer> servers, Map<String, String> found) {
    for (Path place : Directories.places()) {
      try (DirectoryStream<Path> files =
          Files.newDirectoryStream(place, "{" + Directories.PREFIX + "*,pgkill-*.list}")) {
        for (Path file : files) {
          if (servers.stream().noneMatch(server -> server.socketDirectory().equals(file))
              && !Fleet.livesIn(file)) {
            found.put("file " + file, file.toString());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
