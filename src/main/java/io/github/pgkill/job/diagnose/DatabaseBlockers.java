package io.github.pgkill.job.diagnose;

import io.github.pgkill.job.lockout.OpenLockouts;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Refusal.Cause;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.Abilities;
import io.github.pgkill.postgres.diagnose.HeldLocks;
import io.github.pgkill.postgres.diagnose.Obstacle;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is in the way of a database as a whole: who may not, in what state it is, what hangs on it.
 * The goals that drop databases ask the same before they begin.
 */
public final class DatabaseBlockers {

  private final Server server;
  private final DatabaseInfo database;
  private final Intent intent;
  private final Preflight preflight;

  public DatabaseBlockers(Server server, DatabaseInfo database, Intent intent) {
    this.server = server;
    this.database = database;
    this.intent = intent;
    this.preflight = new Preflight(server, database);
  }

  /** Why this role may not do what is intended, whoever is connected. */
  public Optional<Blocker> privilege(Abilities may) {
    if (intent == Intent.DROP && !may.owns()) {
      return Optional.of(
          forbidden(
              "may not drop database "
                  + database.name()
                  + ": it is neither its owner nor a superuser",
              "Connect as its owner, "
                  + may.owner()
                  + ", or "
                  + preflight.grantOwner(may.owner())));
    }
    if (intent == Intent.TEMPLATE && !may.copies()) {
      boolean mayCopy = may.template() || may.owns();
      return Optional.of(
          forbidden(
              mayCopy
                  ? "may not create databases"
                  : "may not copy database "
                      + database.name()
                      + ": it is no template, and the role is not its owner",
              mayCopy ? preflight.allowCreating() : preflight.grantOwner(may.owner())));
    }
    return Optional.empty();
  }

  private Blocker forbidden(String what, String remedy) {
    return new Blocker(
        Kind.PRIVILEGE,
        "role " + server.info().role() + " " + what,
        null,
        null,
        true,
        null,
        null,
        new Refusal(Cause.PRIVILEGE, remedy));
  }

  /** Prepared transactions, replication, the template mark. */
  public List<Blocker> obstacles(LocksFound locks) {
    return preflight.obstacles().stream().map(obstacle -> judged(obstacle, locks)).toList();
  }

  /** The same without a look at locks, for those who need the database empty anyway. */
  public List<Obstacle> obstacles() {
    return preflight.obstacles();
  }

  private Blocker judged(Obstacle found, LocksFound locks) {
    Blocker obstacle = found.blocker();
    if (found.prepared() != null) {
      HeldLocks held = locks.of(found.prepared().gid());
      return obstacle
          .saying(LocksFound.described(held))
          .stopping(intent.needsItEmpty() || LocksFound.stop(intent, held));
    }
    return switch (obstacle.kind()) {
      case REPLICATION_SLOT -> {
        Blocker judged = obstacle.stopping(obstacle.stops() && intent == Intent.DROP);
        yield intent == Intent.DROP && !obstacle.stops()
            ? judged.saying(": it would vanish with the database")
            : judged;
      }
      default -> obstacle.stopping(intent == Intent.DROP);
    };
  }

  /** Whether nobody can connect to it, or we cannot. */
  List<Blocker> state(Abilities may, @Nullable String unreachable) {
    List<Blocker> found = new ArrayList<>();
    if (may.invalid()) {
      found.add(
          new Blocker(
              Kind.INVALID_DATABASE,
              "database "
                  + database.name()
                  + " is invalid, left over from an interrupted DROP DATABASE: nobody can connect"
                  + " to it",
              null,
              null,
              intent.worksInside() || intent == Intent.TEMPLATE,
              new Removal(Removal.Action.DROP_DATABASE, preflight.drop()),
              null,
              may.owns() ? null : ownerOnly(may)));
    }
    lockout(unreachable != null).ifPresent(found::add);
    if (found.isEmpty() && unreachable != null) {
      found.add(closed(may, unreachable));
    }
    return found;
  }

  private Optional<Blocker> lockout(boolean unreachable) {
    LockoutFound found = new Lockouts(server).look(database);
    if (found instanceof LockoutFound.Unusable unusable) {
      return Optional.of(
          new Blocker(
              Kind.LOCKOUT,
              String.valueOf(Lockouts.unusable(database.name(), unusable).getMessage()),
              null,
              null,
              false,
              null,
              null,
              Lockouts.unusable(database.name(), unusable)
                  .remedy()
                  .map(remedy -> new Refusal(Cause.UNUSABLE_RECORD, remedy))
                  .orElse(null)));
    }
    return found instanceof LockoutFound.Closed closed
        ? Optional.of(lockout(closed.record(), closed.held(), unreachable))
        : Optional.empty();
  }

  private Blocker lockout(LockoutRecord record, boolean held, boolean unreachable) {
    return new Blocker(
        Kind.LOCKOUT,
        OpenLockouts.closed(database, record, held),
        Duration.between(record.closedAt(), Instant.now()),
        null,
        intent.worksInside() && unreachable,
        new Removal(
            Removal.Action.RESTORE_CONNECT,
            "mvn pgkill:restore-connect" + (held ? " -Dpgkill.force=true" : "")),
        null,
        new Lockouts(server).mayClose(database)
            ? null
            : new Refusal(Cause.OWNER_ONLY, "only its owner or a superuser may open it"));
  }

  private Refusal ownerOnly(Abilities may) {
    return new Refusal(Cause.OWNER_ONLY, preflight.grantOwner(may.owner()));
  }

  private Blocker closed(Abilities may, String unreachable) {
    Refusal refusal = null;
    if (!may.allowsConnections() && !may.owns()) {
      refusal = ownerOnly(may);
    } else if (may.allowsConnections() && !may.connects()) {
      refusal = new Refusal(Cause.PRIVILEGE, preflight.grantConnect());
    }
    return new Blocker(
        Kind.CLOSED,
        "database " + database.name() + " does not let us in: " + unreachable,
        null,
        null,
        intent.worksInside(),
        may.allowsConnections()
            ? null
            : new Removal(Removal.Action.ALLOW_CONNECTIONS, preflight.allowConnections()),
        null,
        refusal);
  }
}
