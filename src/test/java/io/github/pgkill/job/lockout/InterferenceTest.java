package io.github.pgkill.job.lockout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Somebody else changes the database while it is closed: ours is undone, theirs is kept. */
class InterferenceTest {

  private static final TestServer SERVER = TestServer.shared();

  private String name;
  private String one;
  private String two;
  private LockoutJob job;

  @BeforeEach
  void create() throws SQLException {
    name = SERVER.createDatabase();
    one = SERVER.createRole("login");
    two = SERVER.createRole("login");
    SERVER.execute("comment on database " + name + " is 'mine'");
    SERVER.execute("grant connect on database " + name + " to " + one + " with grant option");
    SERVER.execute("set role " + one + "; grant connect on database " + name + " to " + two);
    job = LockoutJob.on(SERVER, name).with(CloseWith.REVOKE);
  }

  @AfterEach
  void openWhatIsLeft() {
    LockoutJob.on(SERVER, name).end();
  }

  @Test
  void aNewGrantIsKept() throws SQLException {
    String three = SERVER.createRole("login");
    List<String> expected = after("grant connect on database " + name + " to " + three);
    job.revoke();
    SERVER.execute("grant connect on database " + name + " to " + three);
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(expected);
    assertThat(job.said()).contains("role " + three + " got CONNECT meanwhile: kept");
  }

  @Test
  void whatSomebodyGaveBackIsReported() throws SQLException {
    List<String> before = AccessState.of(SERVER, name);
    job.revoke();
    SERVER.execute("grant connect on database " + name + " to public");
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    assertThat(job.said()).contains("PUBLIC got CONNECT back meanwhile: kept");
  }

  @Test
  void anotherLimitOrFlagIsKept() throws SQLException {
    for (CloseWith way : List.of(CloseWith.CONNECTION_LIMIT, CloseWith.ALLOW_CONNECTIONS)) {
      LockoutJob closing = LockoutJob.on(SERVER, name).with(way);
      closing.revoke();
      SERVER.execute("alter database " + name + " connection limit 7 allow_connections true");
      closing.end();
      assertThat(AccessState.of(SERVER, name)).anyMatch(s -> s.endsWith("limit 7 flag true"));
      assertThat(AccessState.of(SERVER, name)).contains("comment 'mine'");
      assertThat(closing.said()).contains("meanwhile: kept");
      SERVER.execute("alter database " + name + " connection limit -1");
    }
  }

  @Test
  void aLimitChangedUnderARevocationIsNoneOfOurs() throws SQLException {
    job.revoke();
    SERVER.execute("alter database " + name + " connection limit 7");
    job.end();
    assertThat(AccessState.of(SERVER, name))
        .anyMatch(s -> s.endsWith("limit 7 flag true"))
        .anyMatch(s -> s.contains(" 0 CONNECT"));
  }

  @Test
  void aNewOwnerGetsWhatTheOldOneHad() throws SQLException {
    String owner = SERVER.createRole("login");
    String other = SERVER.createDatabase();
    for (String database : List.of(name, other)) {
      SERVER.execute("alter database " + database + " owner to " + owner);
    }
    job.revoke();
    SERVER.execute("alter database " + name + " owner to " + two);
    job.end();
    assertThat(
            SERVER.query(
                "select r::text from pg_database d, aclexplode(datacl) a,"
                    + " lateral (select a.grantor::regrole || '>' || a.grantee::regrole) x (r)"
                    + " where datname = ? and privilege_type = 'CONNECT' order by 1",
                name))
        .contains(two + ">-", two + ">" + one, two + ">" + two);
    assertThat(AccessState.of(SERVER, name)).contains("comment 'mine'");
  }

  @Test
  void aDroppedRoleIsNotMissed() throws SQLException {
    String doomed = SERVER.createRole("login");
    List<String> expected = AccessState.of(SERVER, name);
    SERVER.execute("grant connect on database " + name + " to " + doomed);
    job.revoke();
    SERVER.execute("drop role " + doomed);
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(expected);
    assertThat(job.said()).contains("CONNECT of role " + doomed, "a role was dropped meanwhile");
  }

  @Test
  void renamedRolesAndDatabasesAreFound() throws SQLException {
    List<String> before = AccessState.of(SERVER, name);
    long oid = AccessState.oid(SERVER, name);
    job.revoke();
    SERVER.execute("alter role " + one + " rename to " + one + "_new");
    SERVER.execute("alter database " + name + " rename to " + name + "_new");
    job.end();
    assertThat(AccessState.of(SERVER, oid)).isEqualTo(before);
  }

  @Test
  void aDroppedDatabaseNeedsNoOpening() throws SQLException {
    job.revoke();
    SERVER.execute("drop database " + name);
    SERVER.execute("create database " + name);
    List<String> before = AccessState.of(SERVER, name);
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
    assertThat(job.said()).contains("needed no opening");
  }

  @Test
  void aReplacedCommentIsKeptAndTheDatabaseOpened() throws SQLException {
    for (CloseWith way : CloseWith.values()) {
      for (String comment : new String[] {"theirs", null, "\npgkill-lockout:{}"}) {
        List<String> expected = withComment(comment);
        LockoutJob closing = LockoutJob.on(SERVER, name).with(way);
        closing.revoke();
        comment(comment);
        closing.end();
        assertThat(AccessState.of(SERVER, name)).as(way + " " + comment).isEqualTo(expected);
        assertThat(closing.said()).contains("is open again");
        comment("mine");
      }
    }
  }

  @Test
  void restoreConnectKnowsOurLockoutWithoutItsRecord() throws SQLException {
    List<String> expected = withComment("theirs");
    job.revoke();
    comment("theirs");
    job.restore();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(expected);
    assertThat(BuildLockouts.isEmpty()).isTrue();
  }

  @Test
  void aLivingBuildWritesItsRecordAnew() throws SQLException {
    List<String> expected = withComment("theirs");
    job.revoke();
    comment("theirs");
    Eventually.within(
        20, () -> AccessState.of(SERVER, name).toString().contains("pgkill-lockout:"));
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(expected);
  }

  @Test
  void aGoalOfTheSameBuildDoesNotCloseTwice() throws SQLException {
    List<String> expected = withComment("theirs");
    job.revoke();
    comment("theirs");
    LockoutJob inside = LockoutJob.on(SERVER, name).reopen(Reopen.IMMEDIATELY);
    inside.terminate();
    assertThat(inside.said()).contains("is closed already");
    job.end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(expected);
  }

  @Test
  void whatSomebodyOpenedStaysAsItIs() throws SQLException {
    job.revoke();
    LockoutJob.on(SERVER, name).restoreByForce();
    SERVER.execute("revoke connect on database " + name + " from public");
    List<String> before = AccessState.of(SERVER, name);
    LockoutJob.on(SERVER, name).end();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  void closingOverAStrangeRecordSaysWhatItIs() throws SQLException {
    comment("x\npgkill-lockout:{}");
    List<String> before = AccessState.of(SERVER, name);
    assertThatThrownBy(job::revoke).hasMessageContaining("looks like the record of a lockout");
    assertThatThrownBy(job::restore).hasMessageContaining("looks like the record of a lockout");
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  private void comment(String comment) throws SQLException {
    String literal = comment == null ? "null" : "'" + comment + "'";
    SERVER.execute("comment on database " + name + " is " + literal);
  }

  private List<String> withComment(String comment) throws SQLException {
    comment(comment);
    List<String> state = AccessState.of(SERVER, name);
    comment("mine");
    return state;
  }

  /** What the database looks like with that grant, which is taken back here. */
  private List<String> after(String grant) throws SQLException {
    SERVER.execute(grant);
    List<String> state = new ArrayList<>(AccessState.of(SERVER, name));
    SERVER.execute(grant.replace("grant ", "revoke ").replace(" to ", " from "));
    return state;
  }
}
