package io.github.pgkill.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * An ordinary role that may create things in a schema of its own, and whose functions make it a
 * superuser as soon as a superuser runs one of them, knowingly or not.
 */
public final class Mallory {

  private final TestServer server;
  private final String database;
  private final String role;

  private Mallory(TestServer server, String database, String role) {
    this.server = server;
    this.database = database;
    this.role = role;
  }

  /** A new one in that database, with schema {@code m} and functions that take a chance there. */
  public static Mallory in(TestServer server, String database) throws SQLException {
    Mallory mallory = new Mallory(server, database, server.createRole("login"));
    server.execute(database, "create schema m authorization " + mallory.role);
    mallory.execute(
        """
        create function m.grab() returns void language plpgsql volatile as $$
          begin
            execute 'alter role %s superuser';
          exception when insufficient_privilege then null;
          end $$;
        -- declared immutable, so that it may stand in an index; what it calls need not be
        create function m.bait() returns boolean language plpgsql immutable as $$
          begin perform m.grab(); return true; end $$;
        create function m.bait(anything text) returns boolean language plpgsql immutable as $$
          begin perform m.grab(); return true; end $$;
        """
            .formatted(mallory.role));
    return mallory;
  }

  public String role() {
    return role;
  }

  /** Runs statements as that role. */
  public void execute(String sql) throws SQLException {
    try (Connection connection = server.connect(database, role);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Whether somebody fell for it. */
  public boolean isSuperuser() throws SQLException {
    return server.query("select rolsuper from pg_roles where rolname = ?", role).contains("t");
  }
}
