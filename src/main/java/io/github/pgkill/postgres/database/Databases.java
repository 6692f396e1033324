package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.server.DatabaseExtent;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Databases as things that come and go. */
public final class Databases {

  private final Server server;

  public Databases(Server server) {
    this.server = server;
  }

  /** What this very database is called now; empty when it is gone, whatever bears its name. */
  public Optional<String> currentName(DatabaseInfo database) {
    return still(database, row -> row.getString("name"));
  }

  /**
   * Makes sure that the database still has the name under which it was found.
   *
   * @throws PgkillFailure when it was renamed, or is gone
   */
  public void requireSame(DatabaseInfo database) {
    server.run(
        connection -> {
          NameLock.require(connection, database);
          return true;
        });
  }

  /** Whether that backend still is what it was; one that ended and was replaced is not. */
  public boolean runs(SessionId backend) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("database/backend-runs"),
                    statement -> {
                      statement.set("pid", backend.pid());
                      statement.set("started", backend.backendStart());
                    },
                    row -> row.getBoolean("runs")))
        .contains(true);
  }

  /** Whether an interrupted DROP has left it unusable. */
  public boolean invalid(DatabaseInfo database) {
    return still(database, row -> row.getBoolean("invalid")).orElse(false);
  }

  /** How much there is of it; empty when it is gone. */
  public Optional<DatabaseExtent> extent(DatabaseInfo database) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("database/database-extent"),
                    statement -> statement.set("database", database.oid()),
                    row ->
                        new DatabaseExtent(
                            row.getString("encoding"), row.getObject("size", Long.class))))
        .stream()
        .findFirst();
  }

  /**
   * A new one that is to take this one's place.
   *
   * @param build whose it is
   * @param template what it is a copy of; null for an empty one
   */
  public Recreation recreation(
      DatabaseInfo database, BuildIdentity build, @Nullable Template template) {
    return new Recreation(server, database, build.key(), template);
  }

  /**
   * A new one under a name that no database has.
   *
   * @param owner whose it is to be
   * @param build which makes it
   * @param template what it is a copy of
   */
  public Creation creation(String name, String owner, BuildIdentity build, Template template) {
    return new Creation(server, name, owner, build.key(), template);
  }

  /** Stands for a database that is not there, to be locked and looked for. */
  public static DatabaseInfo absent(String name) {
    return Creation.absent(name);
  }

  /** The database as something to copy; empty when it is gone. */
  public Optional<Template> template(DatabaseInfo database) {
    return Optional.ofNullable(Template.read(server, database));
  }

  /**
   * The temporary databases of recreating that are there now.
   *
   * @param database what they may concern
   * @param build ours
   */
  public List<Leftover> leftovers(DatabaseInfo database, BuildIdentity build) {
    String mark = UnfinishedDatabase.MARKER + database.name();
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("database/recreation-leftovers"),
                statement -> {
                  statement.set("build", (long) build.key());
                  statement.set("mark", mark);
                },
                row ->
                    new Leftover(
                        new DatabaseInfo(row.getLong("oid"), row.getString("name"), null),
                        row.getBoolean("new") ? Leftover.Kind.NEW : Leftover.Kind.OLD,
                        row.getLong("made_for") == database.oid()
                            || row.getBoolean("marked")
                            || row.getBoolean("orphan"),
                        row.getBoolean("ours"),
                        row.getBoolean("held") || row.getBoolean("in_use"),
                        row.getBoolean("may_drop") && row.getBoolean("shut"))));
  }

  /** What a backend waits for, in words; empty when it waits for nothing or hides it from us. */
  public Optional<String> waitsFor(int pid) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("database/backend-waits"),
                    statement -> statement.set("pid", pid),
                    row -> waits(row.getString("wait_event"), Rows.integers(row, "blocked_by"))))
        .stream()
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> waits(@Nullable String event, List<Integer> blockedBy) {
    if (event == null) {
      return Optional.empty();
    }
    String pids = blockedBy.stream().map(String::valueOf).collect(Collectors.joining(", "));
    return Optional.of(pids.isEmpty() ? event : event + ", held up by pid " + pids);
  }

  private <T> Optional<T> still(DatabaseInfo database, Rows.Mapper<T> mapper) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("database/database-still-there"),
                    statement -> statement.set("database", database.oid()),
                    mapper))
        .stream()
        .findFirst();
  }
}
