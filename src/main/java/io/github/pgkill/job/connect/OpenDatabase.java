package io.github.pgkill.job.connect;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.DatabaseLockout;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.poolers.Resumption;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.LockoutWording;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens one database, unless somebody who lives relies on its being closed. */
final class OpenDatabase implements Phase<OpenDatabase.Plan> {

  private final Server server;
  private final DatabaseInfo database;
  private final boolean force;
  private final Console console;
  private final Journal journal;
  private final Lockouts lockouts;
  private final String key;
  private String summary = "";
  private @Nullable LockoutRecord toResume;

  /**
   * @param force break a lockout whose build still lives
   */
  OpenDatabase(
      Server server, DatabaseInfo database, boolean force, Console console, Journal journal) {
    this.server = server;
    this.database = database;
    this.force = force;
    this.console = console;
    this.journal = journal;
    this.lockouts = new Lockouts(server, console::info);
    this.key = BuildLockouts.key(server.info(), database);
  }

  /**
   * How it is opened.
   *
   * @param whose build closed it; null where it is not closed
   * @param shared whether goals of this build may rely on it
   * @param record what the server knows of it; null where somebody replaced that
   */
  record Plan(@Nullable BuildIdentity whose, boolean shared, @Nullable LockoutRecord record) {}

  @Override
  public Plan check() {
    LockoutFound found = lockouts.look(database);
    if (!(found instanceof LockoutFound.Closed) && BuildLockouts.has(key)) {
      // somebody replaced our record; we remember it
      return new Plan(ThisBuild.identity(), true, null);
    }
    if (found instanceof LockoutFound.Unusable unusable) {
      throw Lockouts.unusable(database.name(), unusable);
    }
    if (!(found instanceof LockoutFound.Closed closed)) {
      return new Plan(null, false, null);
    }
    LockoutRecord record = closed.record();
    boolean shared = ThisBuild.isOrDescendsFrom(record.build()) && !force;
    if (!shared && !force && record.reopen() != Reopen.NEVER) {
      requireDead(closed);
    }
    return new Plan(record.build(), shared, record);
  }

  private void requireDead(LockoutFound.Closed closed) {
    DatabaseLockout lockout = new DatabaseLockout(server, database, console);
    if (!lockout.dead(closed)) {
      throw lockout.lockedOut(closed.record());
    }
  }

  @Override
  public void say(Plan plan) {
    summary =
        plan.whose() == null ? notClosed() : "dry run: would open database " + database.name();
  }

  @Override
  public void run(Plan plan) {
    BuildIdentity whose = plan.whose();
    summary =
        whose == null
            ? notClosed()
            : plan.shared()
                ? giveBack(plan, whose)
                : opened(plan, lockouts.reopen(database, whose));
  }

  private String notClosed() {
    return "database " + database.name() + " is not closed by pgkill";
  }

  private String giveBack(Plan plan, BuildIdentity whose) {
    if (BuildLockouts.returnBorrowed(key)) {
      return staysClosed("the build that started this one still relies on it");
    }
    if (!BuildLockouts.has(key)) {
      // closed with reopen=never by this build, or by the build that forked this one
      return opened(plan, lockouts.reopen(database, whose));
    }
    return BuildLockouts.giveBack(key)
        .map(reopened -> opened(plan, reopened))
        .orElseGet(() -> staysClosed("other modules or goals of this build still rely on it"));
  }

  private String staysClosed(String why) {
    return "database " + database.name() + " stays closed: " + why;
  }

  private String opened(Plan plan, Reopened reopened) {
    toResume = reopened.toResume();
    reopened.statements().forEach(journal::executed);
    LockoutRecord record = plan.record();
    if (record != null) {
      journal.lockout(
          new LockoutReport(
              record.closedWith(),
              record.reopen(),
              List.of(),
              record.closedAt(),
              reopened.statements(),
              Instant.now(),
              reopened.opening(),
              LockoutWording.opened(database.name(), reopened.wasClosed(), reopened.kept())));
    }
    BuildLockouts.tellKept(database.name(), reopened, console);
    return LockoutWording.opened(database.name(), reopened.wasClosed());
  }

  /**
   * Resumes the poolers that the record names, and takes it away then.
   *
   * @throws PgkillFailure when one may still be paused; the record stays, unless we are forced
   */
  void resume(Resumption resumption) {
    LockoutRecord record = toResume;
    if (record == null) {
      return;
    }
    try {
      resumption.of(record);
    } catch (PgkillFailure e) {
      if (!force) {
        throw e;
      }
      console.warn("forgotten, because force is set: " + e.getMessage());
    }
    lockouts.resumed(record);
  }

  /** What came of it, or would. */
  String summary() {
    return summary;
  }
}
