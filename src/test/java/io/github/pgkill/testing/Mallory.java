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

  /**
   * What an ordinary role can lay out in a schema: traps for whoever reads, writes, locks, plans or
   * compares what is there.
   */
  public void layTraps() throws SQLException {
    execute(
        """
        create table m.databasechangeloglock
          (id int default m.bait()::int, locked boolean default m.bait(), lockgranted timestamp,
           lockedby varchar(255) check (m.bait(lockedby)));
        insert into m.databasechangeloglock values (1, true, '2024-02-03', 'ci (10.1.2.3)');
        create index on m.databasechangeloglock ((m.bait()));
        create index on m.databasechangeloglock (id) where m.bait();
        create policy p on m.databasechangeloglock using (m.bait());
        alter table m.databasechangeloglock enable row level security;
        create table m.child (check (m.bait(lockedby))) inherits (m.databasechangeloglock);
        create type m.evil as enum ('t', 'f');
        create function m.truth(m.evil) returns boolean language sql as 'select m.bait()';
        create cast (m.evil as boolean) with function m.truth(m.evil) as implicit;
        create function m.same(m.evil, text) returns boolean language sql as 'select m.bait()';
        create operator m.= (procedure = m.same, leftarg = m.evil, rightarg = text);
        create function m.same(name, text) returns boolean language sql as 'select m.bait()';
        create operator m.= (procedure = m.same, leftarg = name, rightarg = text);
        create function m.same(oid, bigint) returns boolean language sql as 'select m.bait()';
        create operator m.= (procedure = m.same, leftarg = oid, rightarg = bigint);
        create function m.lower(name) returns text language sql as 'select m.bait()::text';
        create function m.set_config(text, text, boolean) returns text language sql as
          'select m.bait()::text';
        create function m.pg_backend_pid() returns int language sql as 'select m.bait()::int';
        create table m.pg_class (oid oid default m.bait()::int, relname name);
        create view m.pg_locks as select m.bait();
        create view m.pg_stat_activity as select m.bait();
        create table m.parted (a boolean default m.bait(), b text check (m.bait(b)))
          partition by list (b);
        create table m.part partition of m.parted for values in ('x');
        create index on m.part ((m.bait()));
        create unlogged table m.unlogged (a text check (m.bait(a)));
        create function m.fired() returns trigger language plpgsql as $$
          begin perform m.grab(); return new; end $$;
        create trigger t before insert or update or delete or truncate on m.databasechangeloglock
          execute procedure m.fired();
        create rule r as on update to m.databasechangeloglock do also select m.bait();
        create materialized view m.seen as select m.bait() as a;
        """);
    if (server.major() >= 14) {
      execute("create statistics m.s on (m.bait(lockedby)), id from m.databasechangeloglock");
    }
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
