package io.github.pgkill.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The connection pool of an application that nobody has stopped: each of its threads opens one
 * transaction after the other, reads a table in it, and connects again when it loses its session.
 * Every other thread forgets to end the first transaction that works, and keeps its locks until it
 * is thrown out.
 */
public final class Pool implements AutoCloseable {

  private static final int MILLIS_BETWEEN = 3;

  private final TestServer server;
  private final String database;
  private final String role;
  private final String table;
  private final AtomicInteger transactions = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  private Pool(TestServer server, String database, String role, String table) {
    this.server = server;
    this.database = database;
    this.role = role;
    this.table = table;
  }

  /** Starts one of that many threads, whose sessions call themselves {@code pool}. */
  public static Pool start(
      TestServer server, String database, String role, String table, int threads) {
    Pool pool = new Pool(server, database, role, table);
    for (int i = 0; i < threads; i++) {
      boolean forgetful = i % 2 == 0;
      Thread thread = new Thread(() -> pool.work(forgetful), "pool " + i);
      thread.setDaemon(true);
      pool.threads.add(thread);
      thread.start();
    }
    Eventually.within(30, () -> pool.transactions() >= threads);
    return pool;
  }

  /** How many transactions were opened so far. */
  public int transactions() {
    return transactions.get();
  }

  /** How often one of its sessions was lost. */
  public int lost() {
    return lost.get();
  }

  private void work(boolean forgetful) {
    while (!stopped) {
      try (Connection connection = connect()) {
        connection.setAutoCommit(false);
        while (!stopped) {
          boolean worked = transaction(connection);
          transactions.incrementAndGet();
          if (!(worked && forgetful)) {
            connection.rollback();
          }
          do {
            pause();
          } while (worked && forgetful && !stopped && connection.isValid(10));
        }
      } catch (SQLException e) {
        lost.incrementAndGet();
        pause();
      }
    }
  }

  /** Whether the table was there. */
  private boolean transaction(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("select from " + table);
      return true;
    } catch (SQLException e) {
      if ("42P01".equals(e.getSQLState())) {
        return false;
      }
      throw e;
    }
  }

  private Connection connect() throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", role);
    properties.setProperty("ApplicationName", "pool");
    return server.connect(database, properties);
  }

  private static void pause() {
    try {
      Thread.sleep(MILLIS_BETWEEN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
