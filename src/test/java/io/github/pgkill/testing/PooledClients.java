package io.github.pgkill.testing;

import io.github.pgkill.model.value.Pause;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** The clients of a pooler: each sends one short query after the other, and counts what fails. */
public final class PooledClients implements AutoCloseable {

  private static final int MILLIS_BETWEEN = 5;

  /** How one of them connects. */
  private interface Way {
    Connection connect() throws SQLException;
  }

  /** After a refusal, so that a closed database is not stormed. */
  private static final int MILLIS_AFTER_ERROR = 20;

  private final AtomicInteger queries = new AtomicInteger();
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  /** So many of them at that alias, each with its connection. */
  public static PooledClients of(TestPooler pooler, String alias, int number) {
    return of(() -> pooler.connect(alias), number);
  }

  /** The same without a pooler, to compare with: these are ended and refused. */
  public static PooledClients direct(TestServer server, String database, String role, int number) {
    return of(() -> server.connect(database, role), number);
  }

  private static PooledClients of(Way way, int number) {
    PooledClients clients = new PooledClients();
    for (int i = 0; i < number; i++) {
      Thread thread = new Thread(() -> clients.work(way), "pooled client " + i);
      thread.setDaemon(true);
      clients.threads.add(thread);
      thread.start();
    }
    Eventually.within(30, () -> clients.queries.get() >= number || !clients.errors.isEmpty());
    if (!clients.errors.isEmpty()) {
      clients.close();
      throw new IllegalStateException(clients.errors.get(0));
    }
    return clients;
  }

  private void work(Way way) {
    while (!stopped) {
      try (Connection connection = way.connect();
          Statement statement = connection.createStatement()) {
        while (!stopped) {
          statement.execute("select 1");
          queries.incrementAndGet();
          Thread.sleep(MILLIS_BETWEEN);
        }
      } catch (SQLException e) {
        errors.add(String.valueOf(e.getMessage()));
        Pause.of(Duration.ofMillis(MILLIS_AFTER_ERROR));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** How many queries were answered so far. */
  public int queries() {
    return queries.get();
  }

  /** What failed so far. */
  public List<String> errors() {
    return errors;
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join(20_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
