package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.util.List;

/**
 * Roles that a filter names. The server keeps their names as bytes of whichever encoding the
 * database had from which they were made: such a name cannot be told from another one.
 */
final class RoleNames {

  private static final String UNREADABLE = "\ufffd";

  private RoleNames() {}

  /**
   * Refuses a name beyond ASCII that no role has while there are roles whose names are no text.
   *
   * @throws InvalidParameter naming it
   */
  static void requireComparable(Server server, SessionFilter filter) {
    require(server, "sessionUsers", filter.sessionUsers());
    require(server, "excludeSessionUsers", filter.excludeSessionUsers());
  }

  private static void require(Server server, String parameter, List<String> names) {
    if (names.stream().allMatch(name -> name.chars().allMatch(c -> c < 0x80))) {
      return;
    }
    List<String> roles =
        server.run(
            c -> Rows.query(c, Sql.named("sessions/all-roles"), row -> row.getString("name")));
    for (String name : names) {
      boolean plain = name.chars().allMatch(c -> c < 0x80);
      if (!plain && !roles.contains(name) && roles.stream().anyMatch(RoleNames::unreadable)) {
        throw new InvalidParameter(
            parameter,
            "there is no role '"
                + name
                + "' as far as names can be read from database "
                + server.info().connectedTo()
                + ", and roles whose names cannot",
            "Connect to a database with the encoding in which the role was named:"
                + " -Dpgkill.maintenanceDatabase=...");
      }
    }
  }

  private static boolean unreadable(String role) {
    return role.contains(UNREADABLE);
  }
}
