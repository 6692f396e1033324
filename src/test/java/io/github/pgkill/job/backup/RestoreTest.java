package io.github.pgkill.job.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.testing.BackupJob;
import io.github.pgkill.testing.ClientPrograms;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.StandIns;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What was backed up comes back whole, and a dump that is no good costs nothing. */
@Tag("slow")
@Tag("newest")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-ins are shell scripts")
@Needs(Machine.PG_DUMP)
final class RestoreTest {

  private static final TestServer SERVER = TestServer.start(Map.of());

  /** Everything in a database that somebody could miss, one line each. */
  private static final String CONTENT =
      """
      select line from (
        select 'relation ' || c.oid::regclass || ' ' || c.relkind::text || ' '
          || c.relowner::regrole || ' ' || coalesce(c.relacl::text, '-') || ' '
          || coalesce(obj_description(c.oid, 'pg_class'), '-') || ' ' || c.relpersistence::text
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        union all
        select 'column ' || attrelid::regclass || ' ' || attname || ' '
          || format_type(atttypid, atttypmod) || ' ' || attnotnull || ' '
          || coalesce(pg_get_expr(d.adbin, d.adrelid), '-') || ' ' || coalesce(attacl::text, '-')
          || ' ' || coalesce(col_description(attrelid, attnum), '-')
        from pg_attribute a left join pg_attrdef d on d.adrelid = attrelid and d.adnum = attnum
        where attnum > 0 and attrelid in
          (select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
           where n.nspname !~ '^pg_' and n.nspname <> 'information_schema')
        union all
        select 'index ' || pg_get_indexdef(indexrelid) from pg_index i
        join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname !~ '^pg_'
        union all
        select 'constraint ' || conrelid::regclass || ' ' || conname || pg_get_constraintdef(oid)
        from pg_constraint where conrelid <> 0
        union all
        select 'function ' || pg_get_functiondef(p.oid) || coalesce(proacl::text, '-')
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        union all
        select 'view ' || viewname || definition from pg_views
        where schemaname !~ '^pg_' and schemaname <> 'information_schema'
        union all
        select 'schema ' || nspname || ' ' || nspowner::regrole || ' ' || coalesce(nspacl::text, '-')
        from pg_namespace where nspname !~ '^pg_'
        union all
        select 'sequence ' || schemaname || sequencename || ' ' || coalesce(last_value::text, '-')
        from pg_sequences
        union all
        select 'large object ' || md5(lo_get(oid)) || ' ' || lomowner::regrole
        from pg_largeobject_metadata
        union all
        select 'default acl ' || defaclobjtype::text || defaclacl::text from pg_default_acl
        union all
        select 'trigger ' || pg_get_triggerdef(oid) from pg_trigger where not tgisinternal
        union all
        select 'row ' || t::text from shop.orders t
        union all
        select 'row ' || t::text from "odd, ""schema""; --"."Täble" t
      ) l (line) order by 1
      """;

  @TempDir private Path directory;
  private Path backups;
  private String pgDump;
  private String owner;
  private String database;

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @BeforeEach
  void aShop() throws SQLException {
    pgDump = ClientPrograms.pgDump().toString();
    backups = directory.resolve("backups");
    owner = SERVER.createRole("login createdb");
    database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " owner to " + owner);
  }

  @Test
  void whatWasBackedUpComesBackWhole() throws Exception {
    String reader = SERVER.createRole("login");
    fill(reader);
    List<String> before = content();
    assertThat(before).hasSizeGreaterThan(40);
    SERVER.execute("alter database " + database + " set default_transaction_read_only = 'on'");
    SERVER.execute("revoke connect on database " + database + " from public");
    SERVER.execute("alter database " + database + " connection limit 7");
    List<String> definition = definition();
    Path dump = backUp();
    SERVER.execute(
        "postgres", "alter database " + database + " set default_transaction_read_only = 'off'");
    SERVER.execute(database, "drop schema shop cascade; create table public.later ()");
    SERVER.execute(
        "postgres", "alter database " + database + " set default_transaction_read_only = 'on'");
    String oid = oid();

    Termination termination =
        DropJobs.on(SERVER, database)
            .role(TestServer.SUPERUSER)
            .fromBackup(dump, pgDump)
            .recreate();

    assertThat(termination.verdict().summary()).contains("is recreated, from " + dump);
    assertThat(oid()).isNotEqualTo(oid);
    assertThat(content()).isEqualTo(before);
    assertThat(definition()).isEqualTo(definition);
    assertNothingLeftOver();
  }

  @Test
  void aMissingDatabaseIsCreatedFromIt() throws Exception {
    String reader = SERVER.createRole("login");
    fill(reader);
    List<String> before = content();
    Path dump = backUp();
    SERVER.execute("drop database " + database);
    Termination created =
        DropJobs.on(SERVER, database)
            .role(TestServer.SUPERUSER)
            .missingIsFine()
            .fromBackup(dump, pgDump)
            .recreate();
    assertThat(created.verdict().summary())
        .contains("was missing and is created, owned by postgres, from " + dump);
    assertThat(content()).isEqualTo(before);
    assertNothingLeftOver();
  }

  @Test
  void aRestorationThatFailsLeavesTheMissingOneMissing() throws Exception {
    SERVER.execute("drop database " + database);
    Path bin = Files.createDirectory(directory.resolve("bin"));
    StandIns programs =
        StandIns.in(bin)
            .dump("")
            .restore(
                "for a; do case $a in --list) echo '1; 0 0 TABLE public t ' >"
                    + " \"${2#--file=}\"; exit 0;; esac; done\n"
                    + "echo 'pg_restore: error: no space' >&2; exit 1");
    Path dump = Files.writeString(directory.resolve("any.dump"), "any");
    DropJobs job =
        DropJobs.on(SERVER, database).missingIsFine().fromBackup(dump, programs.pgDump());
    assertThatThrownBy(job::recreate)
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("no space");
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).isEmpty();
    assertNothingLeftOver();
  }

  @Test
  void anOwnerMayDoItFromTheManifestWhileClientsComeBack() throws Exception {
    try (Connection connection = SERVER.connect(database, owner);
        Statement statement = connection.createStatement()) {
      statement.execute("create schema mine; create table mine.t as select 42 as answer");
    }
    Path dump = backUp();
    SERVER.execute(database, "drop table mine.t");
    try (StubbornClients clients = StubbornClients.of(SERVER, database).as(owner, "pool")) {
      clients.storm(5);
      DropJobs.on(SERVER, database)
          .as(owner)
          .fromBackup(dump.resolveSibling(dump.getFileName() + ".json"), pgDump)
          .recreate();
    }
    assertThat(count("mine.t")).isEqualTo(1);
    assertNothingLeftOver();
  }

  @Test
  void itIsRestoredAsTheDatabasesOwner() throws Exception {
    try (Connection connection = SERVER.connect(database, owner);
        Statement statement = connection.createStatement()) {
      statement.execute(
          """
          create schema mine;
          create function mine.ran() returns boolean language plpgsql as
            $$ begin return current_user = '%1$s'; end $$;
          create table mine.t (a int, check (mine.ran()));
          insert into mine.t values (42);
          grant select on mine.t to public;
          """
              .formatted(owner));
    }
    List<String> before = owned();
    Path dump = backUp();
    if (SERVER.major() < 15) {
      // pg_dump 15 and later dump what they take for a change of schema public, which is not the
      // owner's
      assertRefused(dump, "objects of other roles (postgres)");
      return;
    }
    SERVER.execute(database, "drop table mine.t");

    DropJobs.on(SERVER, database).fromBackup(dump, pgDump).recreate();

    assertThat(count("mine.t")).isEqualTo(1);
    assertThat(owned()).isEqualTo(before);
  }

  @Test
  void whatTheOwnerCannotGiveAwayIsRestoredOnlyIfThatIsMeant() throws Exception {
    SERVER.execute(database, "create table t as select 1 as one");
    List<String> before = owned();
    Path dump = backUp();
    SERVER.execute(database, "drop table t");

    assertRefused(dump, "objects of other roles (postgres) than the database's owner " + owner);

    DropJobs.on(SERVER, database).role(TestServer.SUPERUSER).fromBackup(dump, pgDump).recreate();
    assertThat(owned()).isEqualTo(before);
  }

  private List<String> owned() throws SQLException {
    return SERVER.queryIn(
        database,
        """
        select c.oid::regclass || ' ' || c.relowner::regrole || ' ' || coalesce(relacl::text, '-')
        from pg_class c where relnamespace in ('public'::regnamespace, to_regnamespace('mine'))
        """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x=y", "dbname=postgres user='it''s' \\", "postgresql://127.0.0.1:1/x"})
  void hostileNamesAreRestoredToo(String name) throws Exception {
    SERVER.execute("alter database " + database + " rename to \"" + name + "\"");
    database = name;
    SERVER.execute(inUrl(name), "create table t as select 1 as one");
    Path dump = backUp();
    SERVER.execute(inUrl(name), "drop table t");
    DropJobs.on(SERVER, name).role(TestServer.SUPERUSER).fromBackup(dump, pgDump).recreate();
    assertThat(count("t")).isEqualTo(1);
    SERVER.execute("drop database \"" + name + "\"");
  }

  @Test
  void aDamagedDumpIsRefused() throws Exception {
    SERVER.execute(database, "create table t ()");
    Path dump = backUp();
    byte[] bytes = Files.readAllBytes(dump);
    bytes[bytes.length - 1] ^= 1;
    Files.write(dump, bytes);
    assertRefused(dump, "has another checksum than the one that its manifest says");
    Files.write(dump, new byte[] {1}, StandardOpenOption.APPEND);
    assertRefused(dump, "it was damaged or replaced");
  }

  @Test
  void whatIsNoDumpIsRefused() throws Exception {
    assertRefused(directory.resolve("nowhere.dump"), "nowhere.dump is not there");
    assertRefused(directory, "is not a file that can be read");
    Path text = Files.writeString(directory.resolve("a.dump"), "select 1;");
    assertRefused(text, "cannot read the dump");
    Path manifest =
        Files.writeString(
            directory.resolve("evil.json"),
            "{\"format\":\"pgkill-backup/1\",\"file\":\"../../etc/passwd\",\"sha256\":\""
                + "0".repeat(64)
                + "\",\"sizeBytes\":1}");
    assertRefused(manifest, "is not the manifest of a backup");
  }

  @Test
  void rolesThatAreMissingAreNamedBeforeAnythingIsDone() throws Exception {
    String lost = "lost role " + database;
    SERVER.execute("create role \"" + lost + "\"");
    SERVER.execute(database, "create table t (); alter table t owner to \"" + lost + "\"");
    Path dump = backUp();
    SERVER.execute(database, "drop table t");
    SERVER.execute("drop role \"" + lost + "\"");
    assertRefused(dump, "objects of roles that this server does not have (" + database + ")");
  }

  @Test
  void aRestorationThatFailsHalfWayCostsNothing() throws Exception {
    String reader = SERVER.createRole("login");
    SERVER.execute(database, "create table t as select 1 as one; grant select on t to " + reader);
    Path dump = backUp();
    // a dump's list names owners, not grantees
    SERVER.execute(database, "drop owned by " + reader);
    SERVER.execute("drop role " + reader);
    String oid = oid();
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client bystander = clients.idle();
      assertThatThrownBy(
              () ->
                  DropJobs.on(SERVER, database)
                      .role(TestServer.SUPERUSER)
                      .fromBackup(dump, pgDump)
                      .recreate())
          .isInstanceOf(PgkillError.class)
          .hasMessageContaining("the old one is as it was and nobody was touched")
          .hasMessageContaining("role \"" + reader + "\" does not exist");
      assertThat(bystander.alive()).isTrue();
    }
    assertThat(oid()).isEqualTo(oid);
    assertNothingLeftOver();
  }

  @Test
  void aDryRunShowsBothCommands() throws Exception {
    SERVER.execute(database, "create table t ()");
    Path dump = backUp();
    String oid = oid();
    DropJobs jobs =
        DropJobs.on(SERVER, database)
            .role(TestServer.SUPERUSER)
            .fromBackup(dump, pgDump)
            .backup(BackupOptions.in(directory.resolve("more"), pgDump))
            .dryRun();
    jobs.recreate();
    assertThat(jobs.said())
        .contains("would back up first: ")
        .contains("would restore first: ")
        .contains("--exit-on-error");
    assertThat(directory.resolve("more")).doesNotExist();
    assertThat(oid()).isEqualTo(oid);
    assertNothingLeftOver();
  }

  @Test
  void droppingBacksUpFirst() throws Exception {
    SERVER.execute(database, "create table t as select 1 as one");
    Termination dropped =
        DropJobs.on(SERVER, database).backup(BackupOptions.in(backups, pgDump)).drop();
    assertThat(dropped.verdict().remarks().toString()).contains("backup: " + backups);
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).isEmpty();
    SERVER.execute("create database " + database);
    DropJobs.on(SERVER, database).fromBackup(onlyDump(), pgDump).recreate();
    assertThat(count("t")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1;transaction_timeout;true",
        "2;transaction_timeout;false",
        "1;another_parameter;false"
      })
  void onlyTheTimeoutThatAnOlderServerLacksIsForgiven(String said) throws Exception {
    assumeTrue(SERVER.major() < 17);
    String[] parts = said.split(";");
    Path bin = Files.createDirectory(directory.resolve("bin"));
    StandIns programs =
        StandIns.in(bin)
            .dump("")
            .restore(
                "for a; do case $a in --list) echo '1; 0 0 TABLE public t ' >"
                    + " \"${2#--file=}\"; exit 0;; --exit-on-error) exit 7;; esac; done\n"
                    + "echo 'pg_restore: error: could not execute query: ERROR:  unrecognized"
                    + " configuration parameter \""
                    + parts[1]
                    + "\"' >&2\n"
                    + "echo 'pg_restore: warning: errors ignored on restore: "
                    + parts[0]
                    + "' >&2; exit 1");
    Path dump = Files.writeString(directory.resolve("any.dump"), "any");
    DropJobs jobs = DropJobs.on(SERVER, database).fromBackup(dump, programs.pgDump());
    if (Boolean.parseBoolean(parts[2])) {
      jobs.recreate();
    } else {
      assertThatThrownBy(jobs::recreate).isInstanceOf(PgkillError.class);
    }
    assertNothingLeftOver();
  }

  private void assertRefused(Path dump, String why) throws SQLException {
    String oid = oid();
    assertThatThrownBy(() -> DropJobs.on(SERVER, database).fromBackup(dump, pgDump).recreate())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining(why);
    assertThat(oid()).isEqualTo(oid);
    assertNothingLeftOver();
  }

  private Path backUp() throws IOException {
    BackupJob.of(SERVER, database, backups, pgDump).run();
    return onlyDump();
  }

  private Path onlyDump() throws IOException {
    try (Stream<Path> files = Files.list(backups)) {
      return files.filter(file -> file.toString().endsWith(".dump")).findFirst().orElseThrow();
    }
  }

  private void fill(String reader) throws SQLException {
    SERVER.execute(
        database,
        """
        create schema shop authorization %1$s;
        comment on schema shop is 'it''s a shop';
        create table shop.orders (
          id serial primary key, at date not null default '2020-02-02', note text,
          price numeric(9, 2) check (price >= 0), parent int references shop.orders);
        comment on table shop.orders is E'two\\nlines';
        comment on column shop.orders.note is 'free';
        insert into shop.orders (note, price, parent) values
          ('a', 1.5, null), (E'tab\\tnew\\nline \\\\ äöü', 2, 1), (null, null, 2);
        select setval('shop.orders_id_seq', 4711);
        alter table shop.orders owner to %1$s;
        grant select, update (note) on shop.orders to %2$s with grant option;
        create index orders_note on shop.orders (lower(note)) where price > 1;
        create view shop.cheap as select id from shop.orders where price < 2;
        create materialized view shop.sums as select sum(price) from shop.orders;
        create unlogged table shop.cache (k text primary key, v jsonb);
        create function shop.twice(i int) returns int language sql as 'select 2 * i';
        revoke execute on function shop.twice from public;
        create function shop.stamp() returns trigger language plpgsql as
          'begin new.at := now(); return new; end';
        create trigger stamp before update on shop.orders for each row execute function shop.stamp();
        alter default privileges for role %1$s in schema shop grant select on tables to %2$s;
        create schema "odd, ""schema""; --";
        create table "odd, ""schema""; --"."Täble" ("a b" int[], c bytea, d timestamptz);
        insert into "odd, ""schema""; --"."Täble" values ('{1,null}', '\\x00ff', 'infinity');
        select lo_from_bytea(0, '\\x0102');
        """
            .formatted(owner, reader));
  }

  private List<String> content() throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Connection connection = SERVER.connect(inUrl(database), TestServer.SUPERUSER);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(CONTENT)) {
      while (rows.next()) {
        lines.add(rows.getString(1));
      }
    }
    return lines;
  }

  private List<String> definition() throws SQLException {
    return SERVER.query(
        """
        select line from pg_database d cross join lateral (
          select (to_jsonb(d) - 'oid' - 'datacl' - 'datfrozenxid' - 'datminmxid')::text
          union all
          select 'acl ' || e::text
          from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e
          union all
          select 'set ' || s.setconfig::text from pg_db_role_setting s where s.setdatabase = d.oid
        ) l (line)
        where d.datname = ? order by 1
        """,
        database);
  }

  private int count(String table) throws SQLException {
    try (Connection connection = SERVER.connect(inUrl(database), TestServer.SUPERUSER);
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("select count(*) from " + table)) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static String inUrl(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8);
  }

  private String oid() throws SQLException {
    return SERVER.query("select oid::text from pg_database where datname = ?", database).get(0);
  }

  private static void assertNothingLeftOver() throws SQLException {
    assertThat(SERVER.unfinishedDatabases()).isEmpty();
  }
}
