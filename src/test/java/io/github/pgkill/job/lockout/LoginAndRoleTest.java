package io.github.pgkill.job.lockout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A build that becomes another role logs in as the first: the lockout lets both in. */
class LoginAndRoleTest {

  private static final TestServer SERVER = TestServer.shared();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void bothAreAdmitted(boolean byParameter) throws SQLException {
    String owner = SERVER.createRole("login");
    String ci = SERVER.createRole("login noinherit in role " + owner);
    String stranger = SERVER.createRole("login");
    String database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " owner to " + owner);
    List<String> before = AccessState.of(SERVER, database);
    LockoutJob job = LockoutJob.on(SERVER, database).as(ci).with(CloseWith.REVOKE);
    if (byParameter) {
      job.role(owner);
    } else {
      SERVER.execute("alter role " + ci + " set role = " + owner);
    }
    SERVER.execute("grant execute on function pg_control_system() to " + owner);

    job.revoke();

    for (String role : List.of(owner, ci)) {
      try (Connection connection = SERVER.connect(database, role)) {
        assertThat(connection.isValid(5)).as(role).isTrue();
      }
    }
    assertThatThrownBy(() -> SERVER.connect(database, stranger))
        .hasMessageContaining("permission denied for database");

    job.end();
    assertThat(AccessState.of(SERVER, database)).isEqualTo(before);
  }
}
