package io.github.pgkill.benchmark;

import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/**
 * A test database back in its first state, without Maven around it: as the copy of a template, or
 * dropped and migrated anew, each of 200 tables in a transaction of its own, as Flyway would. One
 * session is connected to each database, as an application's pool would be.
 */
final class TemplateOrMigration {

  private static final int TABLES = 200;
  private static final String COPIED = "fromTemplate";
  private static final String MIGRATED = "empty, then migrated";

  private final TestServer server;

  private TemplateOrMigration(TestServer server) {
    this.server = server;
  }

  static void run(int rounds) throws Exception {
    // as in production: a copy is written to the disk
    try (TestServer server = TestServer.start(Map.of("fsync", "on", "synchronous_commit", "on"))) {
      server.execute("create database gold");
      server.execute("create database app");
      TemplateOrMigration benchmark = new TemplateOrMigration(server);
      benchmark.migrate("gold");
      Map<String, Samples> samples =
          new Rounds()
              .with(COPIED, () -> benchmark.measure(() -> benchmark.copy()))
              .with(MIGRATED, () -> benchmark.measure(() -> benchmark.migrateAnew()))
              .run(rounds);
      System.out.println("A database of " + TABLES + " tables anew, " + rounds + " rounds:");
      samples.forEach((name, times) -> System.out.println("  " + name + ": " + times));
      System.out.println(
          "  " + COPIED + " / " + MIGRATED + ": "
              + samples.get(COPIED).ratioTo(samples.get(MIGRATED)));
    }
  }

  private interface Work {
    void run() throws SQLException;
  }

  private double measure(Work work) throws SQLException {
    try (Connection template = server.connect("gold", TestServer.SUPERUSER);
        Connection old = server.connect("app", TestServer.SUPERUSER)) {
      long start = System.nanoTime();
      work.run();
      double millis = Rounds.millisSince(start);
      template.abort(Runnable::run);
      old.abort(Runnable::run);
      return millis;
    }
  }

  private void copy() {
    DropJobs.on(server, "app").fromTemplate("gold").recreate();
  }

  private void migrateAnew() throws SQLException {
    DropJobs.on(server, "app").recreate();
    migrate("app");
  }

  private void migrate(String database) throws SQLException {
    try (Connection connection = server.connect(database, TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < TABLES; i++) {
        statement.execute(
            "create table t" + i + " (id bigint primary key, name text not null,"
                + " at timestamptz not null default now()"
                + (i == 0 ? "" : ", before bigint references t" + (i - 1))
                + ")");
        statement.execute("create index on t" + i + " (name)");
        statement.execute(
            "insert into t" + i + " (id, name) select g, 'name ' || g from generate_series(1, 20) g");
        connection.commit();
      }
    }
  }
}
