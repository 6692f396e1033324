package io.github.pgkill.job.diagnose;

import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Refusal.Cause;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.LiquibaseLock;
import io.github.pgkill.postgres.diagnose.MigrationLocks;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Flyway's and Liquibase's own locks, who holds them, and whether that holder still lives. */
final class MigrationBlockers {

  /** Liquibase writes {@code host (address)}. */
  private static final Pattern LOCKED_BY = Pattern.compile(".*\\(([^()]+)\\)\\s*");

  private static final Pattern CONCURRENTLY =
      Pattern.compile("(?is)\\b(?:index|reindex|view|detach\\s+partition)\\b.*\\bconcurrently\\b");

  private static final int NAMED = 10;
  private static final String RELEASE_LOCKS = "mvn liquibase:releaseLocks";

  private final DatabaseInfo database;
  private final Intent intent;
  private final Preflight preflight;
  private final Map<Integer, Session> sessions;

  /**
   * @param sessions every process that is connected to the database
   */
  MigrationBlockers(Server server, DatabaseInfo database, Intent intent, List<Session> sessions) {
    this.database = database;
    this.intent = intent;
    this.preflight = new Preflight(server, database);
    this.sessions =
        sessions.stream().collect(Collectors.toMap(Session::pid, Function.identity(), (a, b) -> a));
  }

  /** Flyway's advisory lock dies with its holder, so that whoever holds it lives. */
  List<Blocker> flyway() {
    List<Blocker> found = new ArrayList<>();
    for (int pid : new TreeSet<>(preflight.migrationLocks().flyway())) {
      Session holder = sessions.get(pid);
      if (holder != null) {
        found.add(
            new Blocker(
                Kind.MIGRATION_LOCK,
                "Flyway's lock, held by "
                    + Wording.session(holder)
                    + ": a migration is going on"
                    + waitsForItself(holder),
                holder.age(),
                pid,
                intent.worksInside(),
                SessionBlockers.termination(holder),
                null,
                preflight.foreseen(holder).orElse(null)));
      }
    }
    return found;
  }

  /**
   * CONCURRENTLY waits for every older transaction, and Flyway takes its lock in one that stays
   * open beside the migration.
   */
  private String waitsForItself(Session holder) {
    return sessions.values().stream()
        .filter(session -> session.blockedBy().contains(holder.pid()))
        .filter(session -> Objects.equals(session.user(), holder.user()))
        .filter(session -> host(session).equals(host(holder)))
        .filter(session -> CONCURRENTLY.matcher(String.valueOf(session.query())).find())
        .findFirst()
        .map(
            session ->
                ", and waits for itself: pid "
                    + session.pid()
                    + " works CONCURRENTLY and waits for the transaction that holds the lock."
                    + " -Dflyway.postgresql.transactional.lock=false lets Flyway take it without"
                    + " one")
        .orElse("");
  }

  private static String host(Session session) {
    return String.valueOf(session.client()).replaceFirst(":\\d+$", "");
  }

  /**
   * Liquibase's row outlives whoever wrote it.
   *
   * @param inside a connection to the database itself
   * @param notes takes what could not be found out
   */
  List<Blocker> liquibase(Server inside, List<String> notes) {
    List<MigrationLocks.Unread> unread = new ArrayList<>();
    List<LiquibaseLock> locks = new Preflight(inside, database).migrationLocks().liquibase(unread);
    unread.stream()
        .limit(NAMED)
        .forEach(
            table ->
                notes.add(
                    "Liquibase's lock table "
                        + table.table()
                        + " could not be read: "
                        + table.reason()));
    if (unread.size() > NAMED) {
      notes.add((unread.size() - NAMED) + " more of Liquibase's lock tables could not be read");
    }
    return locks.stream().map(this::liquibase).toList();
  }

  private Blocker liquibase(LiquibaseLock lock) {
    return new Blocker(
        Kind.MIGRATION_LOCK,
        "Liquibase's lock in "
            + lock.table()
            + ", by "
            + (lock.lockedBy() == null ? "nobody named" : lock.lockedBy())
            + (lock.granted() == null ? "" : " since " + lock.granted())
            + ": "
            + life(lock.lockedBy()),
        null,
        null,
        intent.worksInside(),
        new Removal(
            Removal.Action.RELEASE_MIGRATION_LOCK,
            lock.release() == null ? RELEASE_LOCKS : lock.release()),
        database.name(),
        refusal(lock));
  }

  /** An UPDATE runs the triggers and the like of whoever owns the table. */
  private static @Nullable Refusal refusal(LiquibaseLock lock) {
    if (lock.release() == null) {
      return new Refusal(
          Cause.OWNER_ONLY,
          "only as " + lock.owner() + ", who owns the table: what that role defined on it runs");
    }
    return lock.writable()
        ? null
        : new Refusal(Cause.PRIVILEGE, "this role may not write " + lock.table());
  }

  /** Liquibase stays connected for as long as it holds the lock. */
  private String life(@Nullable String lockedBy) {
    List<Session> clients =
        sessions.values().stream()
            .filter(s -> s.backendType() == null || isClient(s.backendType()))
            .toList();
    if (clients.isEmpty()) {
      return "its holder is gone, no client is connected to the database; "
          + RELEASE_LOCKS
          + " lifts it";
    }
    List<Session> near = clients.stream().filter(s -> isFrom(s, lockedBy)).toList();
    if (near.isEmpty()) {
      return "its holder is probably gone, no client from there is connected; "
          + RELEASE_LOCKS
          + " lifts it";
    }
    return "its holder may live, from there " + Wording.sessions(near);
  }

  private static boolean isClient(String backendType) {
    return backendType.equals(SessionFilter.CLIENT_BACKEND);
  }

  /**
   * Whether a client may be on the host that Liquibase named: that writes one of the host's own
   * addresses, while the server sees a loopback address or none where both share a host.
   */
  private static boolean isFrom(Session session, @Nullable String lockedBy) {
    Matcher address = LOCKED_BY.matcher(lockedBy == null ? "" : lockedBy);
    String client = session.client();
    if (client == null || !address.matches()) {
      return true;
    }
    return client.equals("local")
        || client.startsWith("127.")
        || client.startsWith("::1:")
        || client.startsWith(address.group(1) + ":");
  }
}
