package io.github.pgkill.postgres;

import io.github.pgkill.model.ServerInfo;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the grant that would have let us signal a session (PostgreSQL documentation, "Server
 * Signaling Functions": same role, a role whose privileges we have, or {@code pg_signal_backend};
 * superusers' sessions only for superusers).
 */
final class Refusals {

  private Refusals() {}

  /** What to grant or set; null where the server's message is all there is to say. */
  static @Nullable String remedy(Connection connection, @Nullable String victim)
      throws SQLException {
    if (victim == null) {
      return "Processes without a role are for superusers to signal; from PostgreSQL 18 members of"
          + " pg_signal_autovacuum_worker may end autovacuum workers.";
    }
    List<String> remedies =
        Rows.query(
            connection,
            Sql.named("refusal-facts"),
            statement -> statement.setString(1, victim),
            row -> remedy(row, Identifiers.quote(victim)));
    return remedies.isEmpty() ? null : remedies.get(0);
  }

  /** Why a session whose start time we may not see is never signalled. */
  static SignalResult.Refused hidden(ServerInfo info) {
    String me = Identifiers.quote(info.role());
    String missing =
        info.signalsOthers() ? "pg_read_all_stats" : "pg_read_all_stats, pg_signal_backend";
    return new SignalResult.Refused(
        "role "
            + me
            + " may not see when the session began, so it could not be told from another one with"
            + " the same pid",
        "GRANT " + missing + " TO " + me + ";");
  }

  private static String remedy(ResultSet facts, String victim) throws SQLException {
    String me = Identifiers.quote(facts.getString("role"));
    if (facts.getBoolean("victim_superuser")) {
      return "Only a superuser may end a superuser's session: connect as one, let the application"
          + " use an ordinary role, or spare it with excludeSessionUsers.";
    }
    if (facts.getBoolean("member_of_victim") && !facts.getBoolean("inherits_victim")) {
      return "Role "
          + me
          + " is a member of "
          + victim
          + " without inheriting: set -Dpgkill.role="
          + victim
          + " or GRANT pg_signal_backend TO "
          + me
          + ";";
    }
    if (facts.getBoolean("member_of_signal") && !facts.getBoolean("may_signal")) {
      return "Role "
          + me
          + " is a member of pg_signal_backend without inheriting: set"
          + " -Dpgkill.role=pg_signal_backend or ALTER ROLE "
          + me
          + " INHERIT;";
    }
    return "GRANT pg_signal_backend TO " + me + "; or GRANT " + victim + " TO " + me + ";";
  }
}
