package io.github.pgkill.postgres.lockout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.KeptChange;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two versions of the plugin on one server: an older one's record is followed, a newer one's not.
 */
class LockoutFormatsTest {

  private static final TestServer SERVER = TestServer.shared();

  private String name;
  private String role;
  private Server server;
  private Lockouts lockouts;
  private DatabaseInfo database;

  @BeforeEach
  void create() throws SQLException {
    name = SERVER.createDatabase();
    role = SERVER.createRole("login");
    SERVER.execute("alter database " + name + " connection limit 7");
    SERVER.execute("grant connect on database " + name + " to " + role + " with grant option");
    SERVER.execute("comment on database " + name + " is 'it''s Ünsere'");
    server = RandomLockoutsTest.connect(TestServer.SUPERUSER);
    lockouts = new Lockouts(server);
    database = server.findDatabase(name).orElseThrow();
  }

  @AfterEach
  void disconnect() {
    server.close();
  }

  @Test
  void theFirstFormatIsFollowedExactly() throws SQLException {
    List<String> before = AccessState.of(SERVER, name);
    String open = stateOf(7);
    SERVER.execute("alter database " + name + " connection limit 0");
    write(first("CONNECTION_LIMIT", open, stateOf(0)));
    assertThat(reopen()).isTrue();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    SERVER.execute("revoke connect on database " + name + " from public, " + role);
    write(first("REVOKE", open, stateOf(7)));
    assertThat(reopen()).isTrue();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  /** Anybody may take the lock whose number the record shows; only a role that may close counts. */
  @Test
  void aLockIsTheBuildsOnlyInASessionOfARoleThatTheBuildCouldHave() throws SQLException {
    SERVER.execute("alter database " + name + " connection limit 0");
    write(first("CONNECTION_LIMIT", stateOf(7), stateOf(0)));
    assertThat(held(role, 77)).isFalse();
    assertThat(held(TestServer.SUPERUSER, 77)).isTrue();
    assertThat(reopen()).isTrue();
    SERVER.execute("alter database " + name + " owner to " + role);
    BuildIdentity build = new BuildIdentity(78, "h", 1, Instant.EPOCH);
    try (Server owner = RandomLockoutsTest.connect(role)) {
      new Lockouts(owner).close(plan(build));
    }
    assertThat(held(TestServer.SUPERUSER, 78)).as("not the role that the record names").isFalse();
    assertThat(held(role, 78)).isTrue();
    assertThat(lockouts.reopen(database, build).wasClosed()).isTrue();
  }

  private boolean held(String by, int key) throws SQLException {
    try (Connection connection = SERVER.connect("postgres", by);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "select pg_advisory_lock_shared(" + key + ", " + (int) database.oid() + ")");
      return ((LockoutFound.Closed) lockouts.look(database)).held();
    }
  }

  @Test
  void aNewerFormatIsLeftAloneAndItsVersionNamed() throws SQLException {
    for (String json :
        List.of(
            "{\"format\":3,\"plugin\":\"7.1.0\",\"new\":{\"a\":[1]}}",
            "{\"format\":3,\"plugin\":\"7.1.0\"",
            newer().replace("\"state\":\"closed\"", "\"state\":\"pausing\""),
            newer().replace("\"poolers\":[]", "\"poolers\":[{\"host\":\"a:6432\",\"x\":\"y\"}]"))) {
      SERVER.execute(
          Ddl.of("comment on database %I is %L", name, "open it" + LockoutComment.MARKER + json));
      List<String> before = AccessState.of(SERVER, name);
      assertThat(lockouts.look(database)).isInstanceOf(LockoutFound.Unusable.class);
      assertThatThrownBy(this::reopen)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("not one for this version")
          .satisfies(
              e ->
                  assertThat(((PgkillFailure) e).remedy().orElseThrow())
                      .contains("version 7.1.0", "leave the comment as it is")
                      .doesNotContain("COMMENT ON", "remove"));
      assertThat(lockouts.close(plan(new BuildIdentity(5, "h", 1, Instant.EPOCH))))
          .isInstanceOf(LockoutFound.Unusable.class);
      assertThat(AccessState.of(SERVER, name)).as(json).isEqualTo(before);
    }
  }

  @Test
  void whatAVersionThatDoesNotSayWhichOneWroteIsLeftAloneToo() throws SQLException {
    for (String rest : List.of("}", ",\"plugin\":1}", ",\"plugin\":\"\\u001b[31m\"}")) {
      String json = "{\"format\":4" + rest;
      SERVER.execute(Ddl.of("comment on database %I is %L", name, LockoutComment.MARKER + json));
      assertThatThrownBy(this::reopen)
          .satisfies(
              e ->
                  assertThat(((PgkillFailure) e).remedy().orElseThrow())
                      .contains("a newer version of the plugin"));
    }
  }

  /** A newer version broke our lockout and closed the database itself. */
  @Test
  void givingBackLeavesANewerVersionsLockoutAlone() throws SQLException {
    LockoutRecord ours =
        ((LockoutFound.Closed) lockouts.close(plan(new BuildIdentity(5, "h", 1, Instant.EPOCH))))
            .record();
    SERVER.execute(
        Ddl.of(
            "comment on database %I is %L",
            name, LockoutComment.MARKER + "{\"format\":3,\"plugin\":\"7.1.0\"}"));
    List<String> before = AccessState.of(SERVER, name);
    Reopened reopened = lockouts.giveBack(ours);
    assertThat(reopened.wasClosed()).isFalse();
    assertThat(reopened.kept()).containsExactly(new KeptChange.ClosedByNewer("version 7.1.0"));
    assertThat(lockouts.tend(ours)).isFalse();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void whatIsSaidOfNodesIsForThoseWhoUnderstandIt() throws SQLException {
    List<String> before = AccessState.of(SERVER, name);
    BuildIdentity build = new BuildIdentity(5, "h", 1, Instant.EPOCH);
    lockouts.close(plan(build));
    String json = second().replace("\"nodes\":[]", "\"nodes\":[{\"lsn\":\"0/1\",\"é\":\"\"}]");
    SERVER.execute(Ddl.of("comment on database %I is %L", name, LockoutComment.MARKER + json));
    assertThat(lockouts.reopen(database, build).wasClosed()).isTrue();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void theRecordSaysWhoWroteItAndIsAscii() throws SQLException {
    String json = second();
    assertThat(json)
        .startsWith(
            "{\"format\":2,\"plugin\":\"" + PluginVersion.current() + "\",\"state\":\"closed\"")
        .contains("\\u00dcnsere")
        .matches("\\p{ASCII}*");
    assertThat(PluginVersion.current()).matches("[0-9]+\\..*");
  }

  /** What this version writes of a lockout of that database, which is opened again. */
  private String second() throws SQLException {
    BuildIdentity build = new BuildIdentity(5, "h", 1, Instant.EPOCH);
    boolean closed = lockouts.look(database) instanceof LockoutFound.Closed;
    if (!closed) {
      SERVER.execute("comment on database " + name + " is 'it''s Ünsere'");
      lockouts.close(plan(build));
    }
    String comment =
        SERVER
            .query(
                "select shobj_description(oid, 'pg_database') from pg_database where datname = ?",
                name)
            .get(0);
    if (!closed) {
      lockouts.reopen(database, build);
    }
    int marker = comment.indexOf(LockoutComment.MARKER);
    return comment.substring(marker + LockoutComment.MARKER.length());
  }

  private String newer() throws SQLException {
    return second().replaceFirst("\"plugin\":\"[^\"]*\"", "\"plugin\":\"7.1.0\"");
  }

  private ClosePlan plan(BuildIdentity build) {
    return new ClosePlan(
        database, CloseWith.CONNECTION_LIMIT, null, List.of("postgres"), Reopen.NEVER, build);
  }

  private boolean reopen() {
    return lockouts.reopen(database, new BuildIdentity(77, "h", 4711, Instant.EPOCH)).wasClosed();
  }

  /** To the letter as version 0.x of this plugin wrote it. */
  private String first(String way, String before, String after) throws SQLException {
    return "ALTER DATABASE x CONNECTION LIMIT 7; COMMENT ON DATABASE x IS 'it''s Ünsere';"
        + "\nClosed to new connections by pgkill-maven-plugin on host h at 2026-01-02T03:04:05Z;"
        + " it opens again when the build is done. mvn pgkill:restore-connect undoes exactly this."
        + "\npgkill-lockout:{\"format\":1,\"systemIdentifier\":\""
        + server.info().systemIdentifier()
        + "\",\"databaseOid\":"
        + database.oid()
        + ",\"databaseName\":\""
        + name
        + "\",\"closedWith\":\""
        + way
        + "\",\"reopen\":\"BUILD_END\",\"buildKey\":77,\"buildHost\":\"h\",\"buildPid\":4711,"
        + "\"buildStartedAt\":\"2026-01-02T03:04:00.123Z\",\"closedAt\":\"2026-01-02T03:04:05Z\","
        + "\"before\":"
        + before
        + ",\"after\":"
        + after
        + ",\"comment\":\"it's Ünsere\",\"roles\":{"
        + String.join(
            ",",
            SERVER.query(
                "select '\"' || oid || '\":\"' || rolname || '\"' from pg_roles"
                    + " where rolname in ('postgres', ?)",
                role))
        + "}}";
  }

  private String stateOf(int limit) throws SQLException {
    String acl =
        String.join(
            ",",
            SERVER.query(
                "select '[' || grantor || ',' || grantee || ',\"' || privilege_type || '\",'"
                    + " || is_grantable || ']' from pg_database,"
                    + " aclexplode(coalesce(datacl, acldefault('d', datdba))) where datname = ?",
                name));
    return "{\"owner\":10,\"defaultAcl\":false,\"connectionLimit\":"
        + limit
        + ",\"allowConnections\":true,\"acl\":["
        + acl
        + "]}";
  }

  private void write(String comment) throws SQLException {
    SERVER.execute(Ddl.of("comment on database %I is %L", name, comment));
  }
}
