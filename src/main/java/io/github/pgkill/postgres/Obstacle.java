package io.github.pgkill.postgres;

import org.jspecify.annotations.Nullable;

/**
 * Something besides a session that stands in the way of DROP DATABASE, or would vanish with it.
 *
 * @param kind what it is
 * @param name its name
 * @param owner the role that prepared the transaction; null for the others
 * @param pid the process that reads from the slot; null for the others
 * @param database where it is
 */
public record Obstacle(
    Kind kind, String name, @Nullable String owner, @Nullable Integer pid, String database) {

  /** What it is. */
  public enum Kind {
    TEMPLATE,
    PREPARED_TRANSACTION,
    ACTIVE_SLOT,
    /** Does not stop the DROP: it vanishes with the database, without a word. */
    IDLE_SLOT,
    SUBSCRIPTION
  }

  /** It in words. */
  public String described() {
    return switch (kind) {
      case TEMPLATE -> "the database is marked as a template";
      case PREPARED_TRANSACTION -> "prepared transaction " + name + " of role " + owner;
      case ACTIVE_SLOT -> "logical replication slot " + name + ", in use by pid " + pid;
      case IDLE_SLOT -> "logical replication slot " + name;
      case SUBSCRIPTION -> "subscription " + name;
    };
  }

  /** The statement that removes it, and where to run it if not here. */
  public String removal() {
    return switch (kind) {
      case TEMPLATE -> Ddl.of("ALTER DATABASE %I IS_TEMPLATE false;", database);
      case PREPARED_TRANSACTION ->
          Ddl.of("ROLLBACK PREPARED %L;", name) + " in database " + database + " as " + owner;
      case ACTIVE_SLOT ->
          "stop what reads from it, then " + Ddl.of("SELECT pg_drop_replication_slot(%L);", name);
      case IDLE_SLOT -> Ddl.of("SELECT pg_drop_replication_slot(%L);", name);
      case SUBSCRIPTION -> Ddl.of("DROP SUBSCRIPTION %I;", name) + " in database " + database;
    };
  }
}
