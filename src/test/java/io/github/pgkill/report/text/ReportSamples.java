package io.github.pgkill.report.text;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.report.Surroundings;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Secret;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Reports to render: an ordinary one with every part, a huge one, a hostile one. */
public final class ReportSamples {

  static final Instant START = Instant.parse("2026-03-04T05:06:07.089Z");

  /** What somebody may write into a query to get into a page or to hide in it. */
  public static final String HOSTILE =
      "select '</script><script>document.title=\"pwned\"</script>'"
          + " --></style><img src=x onerror=\"document.title='pwned'\"> &amp; ]]>"
          + " \u202egnitset\u202c \u2066x\u2069 \u200b \u0000\u0007\u001b[31m \ud800 \ufffe\n"
          + "\tfrom \"'`t\r\nwhere e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301 = 1";

  /** As a page shows it: what cannot be seen is made visible, everything else is as it was. */
  public static final String HOSTILE_SHOWN =
      "select '</script><script>document.title=\"pwned\"</script>'"
          + " --></style><img src=x onerror=\"document.title='pwned'\"> &amp; ]]>"
          + " <U+202E>gnitset<U+202C> <U+2066>x<U+2069> <U+200B> <U+0000><U+0007><U+001B>[31m"
          + " <U+D800> <U+FFFE>\n"
          + "\tfrom \"'`t\nwhere e\u0301\u0301\u0301<U+0301><U+0301><U+0301><U+0301><U+0301> = 1";

  private ReportSamples() {}

  /** A goal that ended some sessions, with every other part of a report. */
  public static GoalReport everything() {
    List<SessionResult> results = new ArrayList<>();
    Session root = session(4711, "billing", "psql", "idle in transaction", LONG_QUERY);
    results.add(result(root, new Outcome.Gone(Duration.ofMillis(31)), 4));
    for (int i = 0; i < 5; i++) {
      Session waiter =
          session(4720 + i, "shop", "shop-pool", "active", "update orders set paid = true", 4711);
      results.add(result(waiter, new Outcome.Gone(Duration.ofMillis(12 + 9L * i)), 6 + 3 * i));
    }
    Session deep = session(4801, "report", "metabase", "active", "select 1", 4720, 4722);
    results.add(result(deep, new Outcome.Gone(Duration.ofMillis(90)), 22));
    results.add(
        result(
            session(4900, "etl", "airflow", "idle in transaction", "copy orders to stdout"),
            new Outcome.Survived(Duration.ofMillis(480)),
            25));
    results.add(
        new SessionResult(
            session(4950, "postgres", "DBeaver 24", "idle", "show search_path"),
            new Outcome.Refused(
                new Refusal(
                    Refusal.Cause.SERVER,
                    "must be a superuser to terminate superuser process",
                    "Connect as a superuser, or close DBeaver.")),
            false,
            null,
            true));
    results.add(
        new SessionResult(
            session(4960, "backup", "pg_dump", "active", "COPY public.orders TO stdout", 0),
            new Outcome.Excluded(Exclusion.BACKUP_TOOL),
            false,
            null,
            true));
    results.add(
        new SessionResult(
            session(5002, "shop", "shop-pool", "idle", "select 1"),
            new Outcome.Gone(Duration.ofMillis(8)),
            true,
            Duration.ofMillis(210),
            false));
    return report(
        "terminate",
        results,
        List.of(
            "REVOKE CONNECT ON DATABASE app FROM PUBLIC;",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity(4711) WHERE backend_start ="
                + " '2026-01-01 00:00:00.123456+00';",
            "GRANT CONNECT ON DATABASE app TO PUBLIC;"),
        surroundings(),
        new Verdict(
            Verdict.Status.FAILURE,
            "1 session of database app survived and 1 was refused",
            List.of(
                "pid 4950 of postgres still holds locks",
                "GRANT pg_signal_backend, pg_read_all_stats TO ci;")));
  }

  private static final String LONG_QUERY =
      "select o.id, o.customer_id, c.name, sum(l.amount) over (partition by o.id)\n"
          + "  from orders o\n  join customers c on c.id = o.customer_id\n"
          + "  join lines l on l.order_id = o.id\n where o.created_at > now() - interval '3 days'\n"
          + "   for update of o";

  private static Surroundings surroundings() {
    return new Surroundings(
        List.of(
            new StepResult(
                "backup",
                StepResult.Kind.COMMAND,
                "pg_dump --format=custom --file=.pgkill/backups/app.dump app",
                StepResult.Status.DONE,
                Duration.ofMillis(2_340),
                0,
                ""),
            new StepResult(
                "afterTerminate[1]",
                StepResult.Kind.SQL,
                "vacuum analyze orders",
                StepResult.Status.FAILED,
                Duration.ofMillis(12),
                null,
                "ERROR: relation \"orders\" does not exist")),
        List.of(session(6001, "cron", "pg_cron", "active", "call nightly()")),
        List.of(
            new PreparedTransaction(
                "tx-4711", "shop", "app", 770, "2026-03-04 01:00:00+00", Duration.ofHours(4), 3)),
        List.of(
            new Blocker(
                Blocker.Kind.PREPARED_TRANSACTION,
                "prepared transaction tx-4711 of shop holds 3 locks",
                Duration.ofHours(4),
                null,
                true,
                new Removal(Removal.Action.ROLLBACK_PREPARED, "ROLLBACK PREPARED 'tx-4711';"),
                "app",
                null),
            new Blocker(
                Blocker.Kind.REPLICATION_SLOT,
                "logical slot cdc is in use by pid 911",
                null,
                911,
                false,
                new Removal(
                    Removal.Action.DROP_REPLICATION_SLOT,
                    "SELECT pg_drop_replication_slot('cdc');"),
                null,
                new Refusal(
                    Refusal.Cause.PRIVILEGE,
                    "role ci has no REPLICATION",
                    "ALTER ROLE ci REPLICATION"))),
        new LockoutReport(
            CloseWith.REVOKE,
            Reopen.IMMEDIATELY,
            List.of("REVOKE CONNECT ON DATABASE app FROM PUBLIC;"),
            START.plusMillis(100),
            List.of("GRANT CONNECT ON DATABASE app TO PUBLIC;"),
            START.plusMillis(1_300),
            LockoutReport.Opening.OPENED,
            "database app is open again"));
  }

  /** As many victims, in some blocking chains; every tenth waits, every hundredth survives. */
  public static GoalReport victims(int count) {
    List<SessionResult> results = new ArrayList<>();
    List<String> statements = new ArrayList<>();
    IntStream.range(0, count)
        .forEach(
            i -> {
              int pid = 10_000 + i;
              Integer[] blockers =
                  i % 10 == 0 && i > 0 ? new Integer[] {10_000 + i / 20} : new Integer[0];
              Session session =
                  session(
                      pid,
                      "role" + i % 7,
                      "app-" + i % 40,
                      i % 3 == 0 ? "idle" : "idle in transaction",
                      "select /* " + i + " */ " + "x".repeat(i % 900),
                      blockers);
              Outcome outcome =
                  i % 100 == 99
                      ? new Outcome.Survived(Duration.ofMillis(9_000))
                      : new Outcome.Gone(Duration.ofMillis(40 + i % 331));
              results.add(result(session, outcome, i));
              statements.add(
                  "SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity(" + pid + ");");
            });
    return report(
        "terminate",
        results,
        statements,
        Surroundings.NONE,
        new Verdict(Verdict.Status.SUCCESS, "database app is clear", List.of()));
  }

  /** Every text of others is hostile. */
  public static GoalReport hostile(String text) {
    List<SessionResult> results = new ArrayList<>();
    for (int pid = 1; pid <= 3; pid++) {
      Session session =
          Samples.session(
              pid, text, text, text, null, pid == 1 ? new Integer[0] : new Integer[] {1});
      results.add(result(session, new Outcome.Refused(refusal(text)), 3));
      results.add(
          result(
              Samples.session(10 + pid, text, text, text, null),
              new Outcome.Gone(Duration.ofMillis(3)),
              5));
    }
    return new GoalReport(
        "terminate",
        "0.1.0",
        text,
        START,
        START,
        Duration.ofMillis(12),
        Map.of("queryPattern", text, "sessionUsers", List.of(text, text)),
        connection(text),
        Samples.server(text),
        new DatabaseInfo(1, text, null),
        results,
        List.of(new ListedSession(Samples.session(7, text, text, text, null))),
        List.of(new Statement(text, true)),
        new Surroundings(
            List.of(
                new StepResult(
                    text, StepResult.Kind.SQL, text, StepResult.Status.DONE, null, 1, text)),
            List.of(Samples.session(8, text, text, text, null)),
            List.of(new PreparedTransaction(text, text, text, 1, text, Duration.ZERO, 1)),
            List.of(
                new Blocker(
                    Blocker.Kind.SESSION,
                    text,
                    Duration.ZERO,
                    1,
                    true,
                    new Removal(Removal.Action.TERMINATE_PROCESS, text),
                    text,
                    refusal(text))),
            new LockoutReport(
                CloseWith.REVOKE,
                Reopen.NEVER,
                List.of(text),
                START,
                List.of(text),
                START,
                LockoutReport.Opening.OPENED,
                text)),
        new Verdict(Verdict.Status.ERROR, text, List.of(text)));
  }

  private static Refusal refusal(String text) {
    return new Refusal(Refusal.Cause.SERVER, text, text);
  }

  private static GoalReport report(
      String goal,
      List<SessionResult> results,
      List<String> statements,
      Surroundings surroundings,
      Verdict verdict) {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("database", "app");
    request.put("applicationNames", List.of("shop-pool", "/^psql/"));
    request.put("closeWith", "auto");
    request.put("timeout", "30s");
    request.put("dryRun", false);
    return new GoalReport(
        goal,
        "0.1.0",
        "clear-before-migration",
        START,
        START.minusSeconds(4),
        Duration.ofMillis(1_420),
        request,
        connection("app"),
        Samples.server("ci"),
        new DatabaseInfo(16384, "app", null),
        results,
        List.of(),
        statements.stream().map(text -> new Statement(text, true)).toList(),
        surroundings,
        verdict);
  }

  private static ConnectionSettings connection(String database) {
    return new ConnectionSettings(
        List.of(new HostAddress("localhost", "127.0.0.1", 5432)),
        database,
        List.of("postgres"),
        "ci",
        new Secret("hunter2"),
        Map.of("sslpassword", "keypass"),
        null,
        Duration.ofSeconds(10),
        Duration.ZERO,
        Map.of("host", "parameter url", "password", "environment PGPASSWORD"));
  }

  private static SessionResult result(Session session, Outcome outcome, int millis) {
    boolean refused = outcome instanceof Outcome.Refused;
    return new SessionResult(
        session, outcome, false, refused ? null : Duration.ofMillis(millis), false);
  }

  private static Session session(
      int pid, String user, String application, String state, String query, Integer... blockedBy) {
    Session plain = Samples.session(pid, user, application, query, null, blockedBy);
    return new Session(
        plain.node(),
        plain.pid(),
        plain.backendStart(),
        plain.database(),
        plain.user(),
        user.equals("postgres"),
        plain.applicationName(),
        plain.client(),
        plain.backendType(),
        state,
        plain.age(),
        plain.transactionAge(),
        plain.queryAge(),
        plain.stateAge(),
        plain.waitEvent(),
        plain.query(),
        plain.queryCut(),
        plain.leaderPid(),
        plain.blockedBy(),
        plain.databaseOid(),
        plain.userOid());
  }
}
