package io.github.pgkill.postgres.core;

import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.postgresql.PGProperty;

/**
 * What must hold from a connection's first moment on, whatever the database's owner or the role
 * itself has preset: it goes with the startup packet, which is stronger than both. Afterwards would
 * be too late: a preset library that is not there refuses even superusers, and a preset timeout of
 * a millisecond ends whatever would lift it. Only settings that every supported server knows and
 * everybody may set; another one would refuse the login.
 */
final class StartupOptions {

  private static final String OPTIONS = "options";

  private static final String OURS =
      String.join(
          " ",
          List.of(
              "-c search_path=pg_catalog",
              "-c local_preload_libraries=",
              "-c statement_timeout=30s",
              "-c lock_timeout=10s",
              "-c idle_in_transaction_session_timeout=0",
              // a deferrable serializable transaction waits for all others before its first row
              "-c default_transaction_isolation=read\\ committed",
              "-c default_transaction_deferrable=off",
              "-c default_transaction_read_only=off",
              "-c client_min_messages=notice",
              "-c array_nulls=on"));

  private StartupOptions() {}

  /** Adds them behind the user's own, so that ours count. */
  static void pin(Properties properties) {
    String own = properties.getProperty(OPTIONS);
    properties.setProperty(OPTIONS, own == null || own.isBlank() ? OURS : own + " " + OURS);
    // so the driver puts its own settings into the packet, too, which else are two statements more
    properties.setProperty(PGProperty.ASSUME_MIN_SERVER_VERSION.getName(), "10");
  }

  /** A pooler knows few parameters; whoever may use one is told so, or settles for less. */
  static boolean refusedByPooler(SQLException e) {
    return SqlStates.PROTOCOL_VIOLATION.equals(e.getSQLState())
        && ServerMessages.of(e).contains("startup parameter");
  }
}
