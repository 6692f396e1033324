package io.github.pgkill.postgres.lockout;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.DatabaseState;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.LockoutState;
import io.github.pgkill.model.lockout.ProcessMark;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.ServerText;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The record is taken whole or not at all, whoever wrote it. */
class LockoutCommentTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());
  private static final String ALPHABET =
      "aé\"'\\\n\r\t\u0001\u001b\u2028{}[]:;,$%&U+pgkill-lockout:\uD83D\uDE00";

  private final Random random = new Random(SEED);

  @Test
  void everyRecordReadsAsItWasWritten() throws LockoutComment.Malformed {
    for (int i = 0; i < 500; i++) {
      LockoutRecord record = record();
      String comment = LockoutComment.encode(record, UTF_8);
      assertThat(decode(comment)).as("seed " + SEED).isEqualTo(record);
      assertThat(comment.lines().count()).as("seed %d: %s", SEED, comment).isEqualTo(3);
      assertThat(comment.indexOf(LockoutComment.MARKER))
          .isEqualTo(comment.lastIndexOf(LockoutComment.MARKER));
    }
  }

  @Test
  void noPartOfARecordIsTakenForOne() {
    String comment = LockoutComment.encode(record(), UTF_8);
    for (int length = 0; length < comment.length(); length++) {
      String part = comment.substring(0, length);
      assertThatThrownBy(() -> decode(part))
          .as("first %d characters", length)
          .isInstanceOf(LockoutComment.Malformed.class);
    }
  }

  @Test
  void whatIsNotARecordToTheLetterIsRefused() throws LockoutComment.Malformed {
    String good = LockoutComment.encode(sample(new Random(1)), UTF_8);
    decode(good);
    Map<String, UnaryOperator<String>> forgeries = new HashMap<>();
    forgeries.put("format", s -> s.replace("\"format\":2", "\"format\":0"));
    forgeries.put("twice", s -> s.replace("\"format\":2", "\"format\":2,\"format\":1"));
    forgeries.put("unknown", s -> s.replace("\"format\":2", "\"format\":2,\"sql\":\"drop\""));
    forgeries.put("type", s -> s.replace("\"format\":2", "\"format\":[2]"));
    forgeries.put("object", s -> s.replaceFirst("\"before\":\\{", "\"before\":{\"x\":{},"));
    forgeries.put("null", s -> s.replaceFirst("\"buildHost\":\"[^\"]*\"", "\"buildHost\":null"));
    forgeries.put(
        "escape", s -> s.replaceFirst("\"buildHost\":\"", "\"buildHost\":\"\\\\u001b[31m"));
    forgeries.put("line", s -> s.replaceFirst("\"buildHost\":\"", "\"buildHost\":\"x\\\\nopened"));
    forgeries.put(
        "identifier",
        s -> s.replaceFirst("\"systemIdentifier\":\"", "\"systemIdentifier\":\"\\\\u001b"));
    forgeries.put(
        "oid", s -> s.replaceFirst("\"databaseOid\":[0-9]+", "\"databaseOid\":4294967296"));
    forgeries.put("negative", s -> s.replaceFirst("\"databaseOid\":", "\"databaseOid\":-"));
    forgeries.put("choice", s -> s.replaceFirst("\"closedWith\":\"", "\"closedWith\":\"X"));
    forgeries.put("limit", s -> s.replace("\"connectionLimit\":-1", "\"connectionLimit\":-2"));
    forgeries.put("flag", s -> s.replace("\"allowConnections\":true", "\"allowConnections\":1"));
    forgeries.put("privilege", s -> s.replace("\"CONNECT\"", "\"SUPERUSER\""));
    forgeries.put("entry", s -> s.replace("\"CONNECT\",", "\"CONNECT\",1,"));
    forgeries.put("instant", s -> s.replaceFirst("\"closedAt\":\"", "\"closedAt\":\"+"));
    forgeries.put("more", s -> s + "{}");
    forgeries.put("lenient", s -> s.replace("\"format\":2", "format:2"));
    forgeries.put("comments", s -> s.replace("\"format\":2", "/* */\"format\":2"));
    forgeries.put("huge", s -> s.replace("\"format\":2", "\"format\":\"" + "1".repeat(2_000_000)));
    forgeries.put(
        "no order",
        s -> s.replace("\"format\":2,", "").replace("\"state\":", "\"format\":2,\"state\":"));
    forgeries.put("version", s -> s.replaceFirst("\"plugin\":\"", "\"plugin\":\"\\\\u001b"));
    forgeries.put("nonce", s -> s.replaceFirst("\"buildNonce\":\"", "\"buildNonce\":\"x"));
    forgeries.put(
        "half a mark",
        s -> s.replaceFirst("\"processNamespace\":\"[^\"]*\"", "\"processNamespace\":null"));
    forgeries.put("mark", s -> s.replaceFirst("\"bootId\":\"", "\"bootId\":\"\\\\n"));
    forgeries.put(
        "two comments",
        s ->
            s.replaceFirst(
                "\"comment\":.*\"commentBytes\":(null|\"[0-9a-f]*\")",
                "\"comment\":\"a\",\"commentBytes\":\"61\""));
    forgeries.put("no role", s -> s.replaceFirst("\"loginRole\":[0-9]+", "\"loginRole\":null"));
    forgeries.put("part", s -> s.replace("\"nodes\":[", "\"nodes\":[1,"));
    forgeries.put("deep", s -> s.replace("\"format\":2", "\"format\":" + "[".repeat(100_000)));
    forgeries.put(
        "many",
        s -> {
          StringBuilder entries = new StringBuilder();
          for (int i = 1; i <= 20_000; i++) {
            entries.append("[").append(i).append(",1,\"CONNECT\",true],");
          }
          return s.replaceFirst("\"acl\":\\[", "\"acl\":[" + entries);
        });
    forgeries.forEach(
        (name, forge) -> {
          String forged = forge.apply(good);
          assertThat(forged).as(name).isNotEqualTo(good);
          assertThatThrownBy(() -> decode(forged))
              .as(name)
              .isInstanceOf(LockoutComment.Malformed.class)
              .satisfies(
                  e ->
                      assertThat(e.getMessage())
                          .hasSizeLessThan(300)
                          .doesNotMatch("(?s).*\\p{Cntrl}.*"));
        });
  }

  @Test
  void anUnusableRecordIsReportedAndNothingIsDone() throws SQLException {
    String name = SERVER.createDatabase();
    String stranger = SERVER.createRole("login");
    SERVER.execute("revoke connect on database " + name + " from public");
    try (Server server = RandomLockoutsTest.connect(TestServer.SUPERUSER)) {
      Lockouts lockouts = new Lockouts(server);
      DatabaseInfo database = server.findDatabase(name).orElseThrow();
      String itsOwn = String.valueOf(server.info().systemIdentifier());
      long grantee =
          Long.parseLong(
              SERVER.query("select oid from pg_roles where rolname = ?", stranger).get(0));
      Map<String, String> forged = new HashMap<>();
      forged.put("another server", hostile("1234567", database.oid(), grantee));
      forged.put("another database", hostile(itsOwn, database.oid() + 1, grantee));
      String good = hostile(itsOwn, database.oid(), grantee);
      forged.put("damaged", good.substring(0, good.length() - 2));
      forged.put("unknown part", good.replace("\"state\":", "\"a\\u001b\":1,\"state\":"));
      for (Map.Entry<String, String> one : forged.entrySet()) {
        SERVER.execute(Ddl.of("comment on database %I is %L", name, one.getValue()));
        List<String> before = AccessState.of(SERVER, name);
        assertThat(lockouts.look(database))
            .as(one.getKey())
            .isInstanceOf(LockoutFound.Unusable.class);
        assertThat(lockouts.recorded()).contains(name);
        assertThatThrownBy(() -> lockouts.reopen(database, sample(random).build()))
            .isInstanceOf(PgkillFailure.class)
            .hasMessageContaining("is not followed");
        ClosePlan plan =
            new ClosePlan(
                database,
                CloseWith.REVOKE,
                null,
                List.of("postgres"),
                Reopen.NEVER,
                new BuildIdentity(1, "h", 1, Instant.EPOCH));
        assertThat(lockouts.close(plan)).isInstanceOf(LockoutFound.Unusable.class);
        assertThat(AccessState.of(SERVER, name)).as(one.getKey()).isEqualTo(before);
      }
    }
  }

  @Test
  void aRoleThatFakesARecordHidesNothing() throws SQLException {
    String name = SERVER.createDatabase();
    String faker = "x\npgkill-lockout:{\"format\":1}" + SERVER.createRole("nologin");
    SERVER.execute("create role " + Identifiers.quote(faker));
    SERVER.execute(Ddl.of("grant connect on database %I to %I with grant option", name, faker));
    SERVER.execute(
        Ddl.of("set role %I; grant connect on database %I to public; reset role", faker, name));
    SERVER.execute("comment on database " + name + " is 'a\nb'");
    List<String> before = AccessState.of(SERVER, name);
    try (Server server = RandomLockoutsTest.connect(TestServer.SUPERUSER)) {
      Lockouts lockouts = new Lockouts(server);
      DatabaseInfo database = server.findDatabase(name).orElseThrow();
      BuildIdentity build = new BuildIdentity(1, "h", 1, Instant.EPOCH);
      lockouts.close(
          new ClosePlan(
              database, CloseWith.REVOKE, null, List.of("postgres"), Reopen.NEVER, build));
      assertThat(lockouts.look(database)).isInstanceOf(LockoutFound.Closed.class);
      assertThat(lockouts.reopen(database, build).wasClosed()).isTrue();
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void aCommentThatIsTooLongToKeepStopsTheClosing() throws SQLException {
    String name = SERVER.createDatabase();
    SERVER.execute("comment on database " + name + " is '" + "x".repeat(700_000) + "'");
    List<String> before = AccessState.of(SERVER, name);
    try (Server server = RandomLockoutsTest.connect(TestServer.SUPERUSER)) {
      Lockouts lockouts = new Lockouts(server);
      ClosePlan plan =
          new ClosePlan(
              server.findDatabase(name).orElseThrow(),
              CloseWith.CONNECTION_LIMIT,
              null,
              List.of("postgres"),
              Reopen.NEVER,
              new BuildIdentity(1, "h", 1, Instant.EPOCH));
      assertThatThrownBy(() -> lockouts.close(plan))
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("could not be read back");
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  /** Would let a stranger in, if it were followed. */
  private static String hostile(String system, long database, long grantee) {
    DatabaseState closed = new DatabaseState(10, true, Set.of(), -1, true);
    DatabaseState open =
        new DatabaseState(10, true, Set.of(new AclEntry(10, grantee, "CONNECT", true)), -1, true);
    return LockoutComment.encode(
        new LockoutRecord(
            LockoutComment.FORMAT,
            "1.0",
            LockoutState.CLOSED,
            system,
            database,
            "x",
            CloseWith.REVOKE,
            Reopen.BUILD_END,
            new BuildIdentity(1, "h", 1, Instant.EPOCH),
            10L,
            Instant.EPOCH,
            open,
            closed,
            null,
            Map.of(10L, "postgres"),
            List.of(),
            List.of()),
        UTF_8);
  }

  private static LockoutRecord decode(String comment) throws LockoutComment.Malformed {
    return LockoutComment.decode(ServerText.of(comment, UTF_8), UTF_8);
  }

  private LockoutRecord record() {
    return sample(random);
  }

  private static LockoutRecord sample(Random random) {
    Map<Long, String> roles = new HashMap<>();
    for (long oid = 1; oid <= 12; oid++) {
      roles.put(oid, text(random, 20));
    }
    return new LockoutRecord(
        LockoutComment.FORMAT,
        "1.2-SNAPSHOT",
        LockoutState.CLOSED,
        Long.toUnsignedString(random.nextLong()),
        random.nextLong(0x1_0000_0000L),
        text(random, 30),
        CloseWith.values()[random.nextInt(3)],
        Reopen.values()[random.nextInt(3)],
        new BuildIdentity(
            String.format("%08x%08x", random.nextInt(), random.nextInt()),
            "host" + random.nextInt(),
            random.nextLong(99_999),
            Instant.now(),
            new ProcessMark("0-a", "pid:[" + random.nextInt(9) + "]", random.nextLong(9_999))),
        random.nextLong(0x1_0000_0000L),
        Instant.ofEpochSecond(random.nextInt()),
        state(random),
        state(random),
        random.nextInt(10) < 3 ? null : comment(random),
        roles,
        random.nextBoolean() ? List.of() : List.of(Map.of("host", text(random, 9), "x", "")),
        List.of());
  }

  private static ServerText comment(Random random) {
    String text = text(random, 200);
    return random.nextBoolean() ? ServerText.of(text, UTF_8) : ServerText.of(text, ISO_8859_1);
  }

  private static DatabaseState state(Random random) {
    Set<AclEntry> acl = new HashSet<>();
    acl.add(new AclEntry(1, 0, "CONNECT", false));
    for (int i = random.nextInt(12); i > 0; i--) {
      acl.add(
          new AclEntry(
              1 + random.nextInt(12),
              random.nextInt(13),
              List.of("CONNECT", "TEMPORARY", "CREATE").get(random.nextInt(3)),
              random.nextBoolean()));
    }
    return new DatabaseState(1 + random.nextInt(12), random.nextBoolean(), acl, -1, true);
  }

  private static String text(Random random, int longest) {
    int[] points = ALPHABET.codePoints().toArray();
    StringBuilder text = new StringBuilder("t");
    for (int i = random.nextInt(longest); i > 0; i--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }
}
