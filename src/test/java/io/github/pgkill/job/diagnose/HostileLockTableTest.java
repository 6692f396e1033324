package io.github.pgkill.job.diagnose;

import static io.github.pgkill.testing.DiagnoseJob.only;
import static io.github.pgkill.testing.DiagnoseJob.stopping;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.Mallory;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Liquibase's lock table as somebody makes it who wants a superuser to look at it. */
class HostileLockTableTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final String TABLE = "\"m\".\"databasechangeloglock\"";

  private static final String ORDINARY =
      """
      create table m.databasechangeloglock
        (id int, locked boolean, lockgranted timestamp, lockedby varchar(255));
      insert into m.databasechangeloglock values (1, true, '2024-02-03 04:05:06', 'ci (10.1.2.3)');
      """;

  private String database;
  private Mallory mallory;

  @BeforeEach
  void createDatabase() throws SQLException {
    database = SERVER.createDatabase();
    mallory = Mallory.in(SERVER, database);
  }

  /** Ordinary tables whose planner, casts, rules or policies are mallory's. */
  private enum Trap {
    INDEX("create index on m.databasechangeloglock ((m.bait()))", null),
    PARTIAL_INDEX("create index on m.databasechangeloglock (id) where m.bait()", null),
    STATISTICS(
        "create statistics m.s on (m.bait(lockedby)), id from m.databasechangeloglock", null),
    RULE(
        """
        create rule r as on update to m.databasechangeloglock do also select m.bait();
        create function m.t() returns trigger language plpgsql as $$
          begin perform m.grab(); return new; end $$;
        create trigger t before update on m.databasechangeloglock
          for each row execute procedure m.t();
        """,
        null),
    DEFAULT("alter table m.databasechangeloglock alter id set default m.bait()::int", null),
    POLICY(
        """
        create policy p on m.databasechangeloglock using (m.bait());
        alter table m.databasechangeloglock enable row level security;
        alter table m.databasechangeloglock force row level security;
        """,
        null),
    CHILD(
        """
        create table m.child (check (m.bait(lockedby))) inherits (m.databasechangeloglock);
        create index on m.child ((m.bait()));
        """,
        "other tables inherit from it"),
    CAST(
        """
        create type m.evil as enum ('t', 'f');
        create function m.truth(m.evil) returns boolean language sql as 'select m.bait()';
        create cast (m.evil as boolean) with function m.truth(m.evil) as implicit;
        drop table m.databasechangeloglock;
        create table m.databasechangeloglock
          (id int, locked m.evil, lockgranted text, lockedby text);
        insert into m.databasechangeloglock values (1, 't', 'yesterday', 'mallory');
        """,
        "its column locked is of type \"m\".\"evil\", not boolean"),
    VIEW(
        """
        alter table m.databasechangeloglock rename to t;
        create view m.databasechangeloglock as
          select id, m.bait() as locked, lockgranted, lockedby from m.t;
        """,
        "it is a view"),
    PARTITIONED(
        """
        drop table m.databasechangeloglock;
        create table m.databasechangeloglock
          (id int, locked boolean, lockgranted timestamp, lockedby text) partition by list (id);
        create table m.part partition of m.databasechangeloglock for values in (1);
        create index on m.part ((m.bait()));
        """,
        "it is partitioned"),
    GENERATED(
        """
        drop table m.databasechangeloglock;
        create table m.databasechangeloglock (id int, lockgranted timestamp, lockedby text,
          locked boolean generated always as (m.bait(lockedby)) stored);
        """,
        "generated column"),
    INTEGER(
        "alter table m.databasechangeloglock alter locked type int using 1",
        "its column locked is of type int4, not boolean"),
    MANY_ROWS(
        """
        insert into m.databasechangeloglock (id, locked) select i, true
        from generate_series(1, 5000) i;
        """,
        "it holds more than any lock table of Liquibase's"),
    HUGE_TABLE(
        """
        insert into m.databasechangeloglock (id, locked) select i, true
        from generate_series(1, 50000) i;
        """,
        " bytes, and Liquibase's a few thousand"),
    LARGE_VALUE(
        """
        alter table m.databasechangeloglock alter lockedby type text;
        update m.databasechangeloglock set lockedby = repeat('x', 2000000);
        """,
        "it holds more than any lock table of Liquibase's");

    private final String sql;
    private final String unread;

    Trap(String sql, String unread) {
      this.sql = sql;
      this.unread = unread;
    }

    boolean exists(int major) {
      // expressions in statistics came with 14, generated columns with 12
      return (this != STATISTICS || major >= 14) && (this != GENERATED || major >= 12);
    }
  }

  @ParameterizedTest
  @EnumSource(Trap.class)
  void lookingAtItRunsNothingOfItsOwners(Trap trap) throws SQLException {
    if (!trap.exists(SERVER.major())) {
      return;
    }
    mallory.execute(ORDINARY + trap.sql);

    GoalReport report = DiagnoseJob.on(SERVER, database).run(Intent.CLEAN);

    assertThat(mallory.isSuperuser()).isFalse();
    List<String> remarks = report.verdict().remarks();
    if (trap.unread == null) {
      assertThat(remarks).isEmpty();
      assertThat(stopping(report)).containsExactly(Kind.MIGRATION_LOCK);
      assertThat(only(report, Kind.MIGRATION_LOCK).what())
          .startsWith("Liquibase's lock in " + TABLE + ", by ci (10.1.2.3) since 2024-02-03 04:05");
    } else {
      assertThat(stopping(report)).isEmpty();
      assertThat(remarks)
          .singleElement()
          .satisfies(
              remark ->
                  assertThat(remark)
                      .startsWith("Liquibase's lock table " + TABLE + " could not be read: ")
                      .contains(trap.unread));
    }
  }

  /** The traps are real: whoever plans over such a table walks into them. */
  @ParameterizedTest
  @EnumSource(names = {"INDEX", "PARTIAL_INDEX", "CAST", "VIEW", "CHILD", "PARTITIONED"})
  void aQueryOverItWouldRunThem(Trap trap) throws SQLException {
    mallory.execute(ORDINARY + trap.sql);

    SERVER.queryIn(database, "select lockedby from m.databasechangeloglock l where l.locked");

    assertThat(mallory.isSuperuser()).isTrue();
  }

  @Test
  void aTerminateThatFailsRunsNothingEither() throws SQLException {
    mallory.execute(ORDINARY + Trap.INDEX.sql);
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      clients.storm(2);

      var termination =
          TestJob.on(SERVER, database)
              .timeout(Duration.ofSeconds(1))
              .quietPeriod(Duration.ofSeconds(5))
              .run();

      assertThat(termination.verdict().remarks())
          .anyMatch(remark -> remark.startsWith("also in the way: Liquibase's lock in " + TABLE));
    }
    assertThat(mallory.isSuperuser()).isFalse();
  }

  @Test
  void nobodyIsToldToRunItsTriggersAsASuperuser() throws SQLException {
    mallory.execute(ORDINARY + Trap.RULE.sql);

    GoalReport asSuperuser = DiagnoseJob.on(SERVER, database).run(Intent.CLEAN);
    GoalReport asOwner = DiagnoseJob.on(SERVER, database).as(mallory.role()).run(Intent.CLEAN);

    assertThat(DiagnoseJob.plan(asSuperuser))
        .containsExactly(
            "mvn liquibase:releaseLocks  -- in database "
                + database
                + "  -- not by this role as it is");
    assertThat(only(asSuperuser, Kind.MIGRATION_LOCK).refusal().words())
        .contains("only as " + mallory.role());
    assertThat(DiagnoseJob.plan(asOwner))
        .containsExactly(
            "UPDATE "
                + TABLE
                + " SET locked = FALSE, lockgranted = NULL, lockedby = NULL WHERE locked;"
                + "  -- in database "
                + database);
  }

  @Test
  void whatItSaysIsOneLineAndReadAsWritten() throws SQLException {
    mallory.execute(ORDINARY);
    mallory.execute(
        "update m.databasechangeloglock set lockgranted = null,"
            + " lockedby = E'a\\tb\\\\c\\\\\\\\N\\n-- \\r\\u00e9' || chr(1) || 'x (10.1.2.3)'");

    GoalReport report = DiagnoseJob.on(SERVER, database).run(Intent.CLEAN);

    assertThat(only(report, Kind.MIGRATION_LOCK).what())
        .startsWith(
            "Liquibase's lock in " + TABLE + ", by a b\\c\\\\N --  é x (10.1.2.3): its holder");
  }

  @Test
  void aTemporaryTableOfSomebodysKeepsNobodyOut() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, database).as(mallory.role(), "m")) {
      var connection = clients.idle().connection();
      try (var statement = connection.createStatement()) {
        statement.execute(ORDINARY.replace("m.database", "pg_temp.database"));
      }

      GoalReport report = DiagnoseJob.on(SERVER, database).run(Intent.ALTER);

      assertThat(report.verdict().remarks()).isEmpty();
      assertThatCode(() -> only(report, Kind.SESSION)).doesNotThrowAnyException();
    }
  }
}
