package io.github.pgkill.postgres.core;

import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Which of the three limits on connections refused one. All have the same SQLSTATE, and the words
 * are in the server's language; the function of the server's source that reports it is not, and has
 * been the same from PostgreSQL 10 to 18.
 */
enum ConnectionLimit {
  SERVER,
  ROLE,
  DATABASE;

  /** All slots taken, or those that are left reserved for others; by major. */
  private static final Set<String> WHOLE_SERVER =
      Set.of(
          "InitProcess",
          "InitPostgres",
          "BackendInitialize",
          "ProcessStartupPacket",
          "ProcArrayAdd",
          "SharedInvalBackendInit");

  /** Empty where it was none, or where nobody says which: a pooler does not. */
  static Optional<ConnectionLimit> of(SQLException e) {
    if (!SqlStates.TOO_MANY_CONNECTIONS.equals(e.getSQLState())) {
      return Optional.empty();
    }
    ServerErrorMessage said = e instanceof PSQLException p ? p.getServerErrorMessage() : null;
    String routine = said == null ? "" : String.valueOf(said.getRoutine());
    return switch (routine) {
      case "InitializeSessionUserId" -> Optional.of(ROLE);
      case "CheckMyDatabase" -> Optional.of(DATABASE);
      default -> WHOLE_SERVER.contains(routine) ? Optional.of(SERVER) : Optional.empty();
    };
  }
}
