package io.github.pgkill.job.lockout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A role that is named and is not there is a typo, and known before anything is done. */
class RolesExistTest {

  private static final TestServer SERVER = TestServer.shared();

  private String database;
  private String role;
  private StubbornClients clients;
  private StubbornClients.Client victim;
  private List<String> before;

  @BeforeEach
  void start() throws SQLException {
    database = SERVER.createDatabase();
    role = SERVER.createRole("login");
    clients = StubbornClients.of(SERVER, database);
    victim = clients.idle();
    before = AccessState.of(SERVER, database);
  }

  @AfterEach
  void end() throws SQLException {
    clients.close();
  }

  @ParameterizedTest
  @EnumSource(Reopen.class)
  void whoeverIsAdmittedMustBeThere(Reopen reopen) throws SQLException {
    for (LockoutJob job : List.of(job().reopen(reopen), job().reopen(reopen).dryRun())) {
      assertRefused("admitRoles", job.admit(role, role + "x")::terminate);
      assertRefused("admitRoles", job::revoke);
    }
  }

  @ParameterizedTest
  @EnumSource(CloseWith.class)
  void however(CloseWith closeWith) throws SQLException {
    assertRefused("admitRoles", job().with(closeWith).admit(role + "x")::terminate);
    assertRefused("admitRoles", job().with(closeWith).admit(role + "x")::revoke);
  }

  @Test
  void evenWhereNobodyWouldHaveToBeKeptOut() throws SQLException {
    clients.close();
    assertRefusedByName(
        "admitRoles", job().reopen(Reopen.IMMEDIATELY).admit(role + "x")::terminate);
  }

  @Test
  void whoeverIsShutOutMustBeThere() throws SQLException {
    assertRefused("revokeFrom", job().revokeFrom("public", role + "x")::revoke);
    assertRefused("revokeFrom", job().revokeFrom(role + "x")::terminate);

    job().revokeFrom("public", role).dryRun().revoke();
  }

  private LockoutJob job() {
    return LockoutJob.on(SERVER, database);
  }

  private void assertRefused(String parameter, ThrowingCallable goal) throws SQLException {
    assertRefusedByName(parameter, goal);
    assertThat(victim.alive()).isTrue();
  }

  private void assertRefusedByName(String parameter, ThrowingCallable goal) throws SQLException {
    assertThatThrownBy(goal)
        .isInstanceOfSatisfying(
            InvalidParameter.class,
            e -> {
              assertThat(e.parameter()).isEqualTo(parameter);
              assertThat(e.getMessage()).contains("there is no role " + role + "x");
              assertThat(e.remedy()).contains("Did you mean " + role + "?");
            });
    assertThat(AccessState.of(SERVER, database)).isEqualTo(before);
  }
}
