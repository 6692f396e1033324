package io.github.pgkill.report.text;

import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Sessions to render: plain ones by hand, hostile ones by chance. */
public final class Samples {

  private static final List<String> TEXTS =
      List.of(
          "select 1",
          "UPDATE accounts\n\tSET balance = 0\r\n  WHERE id = 7",
          "\u001b[2J\u001b[31m[ERROR] forged",
          "x\r[INFO] BUILD SUCCESS",
          "\u009b31m c1 \u0085 next line",
          "\u202eevil\u202c \u2066x\u2069 \u200b\u200d\ufeff\u00ad",
          "\u2028[INFO] line separator\u2029",
          "表示幅のテスト 한국어 文字",
          "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301 zalgo",
          "\u0301starts with a mark",
          "\ud83d\ude00\ud83d\udc68\u200d\ud83d\udc69",
          "\ud800 lone \udc00",
          "\u3164\u115f\u1160\ufe0f\udb40\udc41",
          "\u0000\u0007\u0008\u007f",
          "averyveryveryverylongwordwithoutanyspaceinitthatnolinecanhold".repeat(3),
          " ",
          "\u00a0",
          "");

  /** Where all of them are. */
  public static final Node NODE = new Node("127.0.0.1", 5432);

  private Samples() {}

  public static ServerInfo server(String role) {
    return new ServerInfo(
        "15.19",
        150019,
        "7404922817",
        false,
        List.of(),
        0,
        0,
        false,
        new SessionId(NODE, 1, "start"),
        role,
        "postgres",
        false,
        false,
        1024,
        "2026-01-02 03:04:05.678901+00",
        Duration.ofHours(3));
  }

  public static Session waiting(int pid, Integer... blockedBy) {
    return session(pid, "app", "psql", "update t set x = " + pid, null, blockedBy);
  }

  public static Session worker(int pid, int leader, Integer... blockedBy) {
    return session(pid, "app", "psql", "select", leader, blockedBy);
  }

  public static Session session(
      int pid,
      String user,
      String application,
      String query,
      @Nullable Integer leader,
      Integer... blockedBy) {
    return new Session(
        NODE,
        pid,
        "2026-01-01 00:00:00.123456+00",
        "app",
        user,
        false,
        application,
        "10.1.2.3:50123",
        leader == null ? "client backend" : "parallel worker",
        "idle in transaction",
        Duration.ofMinutes(90),
        Duration.ofSeconds(190),
        Duration.ofSeconds(12),
        Duration.ofMillis(4200),
        blockedBy.length == 0 ? "Client:ClientRead" : "Lock:relation",
        query,
        false,
        leader,
        List.of(blockedBy),
        16_384L,
        16_385L);
  }

  public static Session hidden(int pid) {
    return new Session(
        NODE,
        pid,
        null,
        "app",
        "postgres",
        true,
        "psql",
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        false,
        null,
        List.of(),
        null,
        null);
  }

  public static List<Session> random(Random random, int count) {
    List<Session> sessions = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sessions.add(random.nextInt(5) == 0 ? hidden(100 + i) : random(random, 100 + i, count));
    }
    return sessions;
  }

  private static Session random(Random random, int pid, int count) {
    List<Integer> blockers = new ArrayList<>();
    while (random.nextInt(3) == 0) {
      int other = random.nextInt(count + 3) - 1;
      blockers.add(other < 0 ? 0 : 100 + other);
    }
    return new Session(
        NODE,
        pid,
        "start",
        "app",
        random.nextInt(9) == 0 ? null : text(random),
        false,
        text(random),
        random.nextBoolean() ? "local" : "[2001:db8::1234:5678:9abc:def0]:54321",
        random.nextInt(6) == 0 ? "walsender" : "client backend",
        random.nextInt(6) == 0 ? null : "idle in transaction (aborted)",
        age(random),
        age(random),
        age(random),
        age(random),
        random.nextBoolean() ? null : "Lock:transactionid",
        text(random) + " " + text(random),
        random.nextBoolean(),
        random.nextInt(7) == 0 ? 100 + random.nextInt(count) : null,
        blockers,
        16_384L,
        16_385L);
  }

  public static String text(Random random) {
    return TEXTS.get(random.nextInt(TEXTS.size()));
  }

  private static @Nullable Duration age(Random random) {
    return random.nextInt(4) == 0 ? null : Duration.ofMillis(random.nextLong() % 100_000_000_000L);
  }
}
