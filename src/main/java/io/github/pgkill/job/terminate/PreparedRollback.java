package io.github.pgkill.job.terminate;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.outcome.NotCleared;
import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.prepared.PreparedRule;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.prepared.PreparedCandidate;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import io.github.pgkill.postgres.prepared.RollbackResult;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The prepared transactions of a database that is cleared: named always, and rolled back where the
 * user's rule says so, once the clients that could prepare more are gone. That takes a connection
 * to the database itself, which is opened before that is closed and ended before anything is done
 * to the database as a whole.
 */
public final class PreparedRollback implements Phase<Nothing>, AutoCloseable {

  private static final int NAMED = 5;

  private final Admission admission;
  private final DatabaseInfo database;
  private final @Nullable PreparedRule rule;
  private final boolean noneMayBeLeft;
  private final Console console;
  private final Journal journal;
  private final PreparedTransactions transactions;
  private final List<PreparedTransaction> seen = new ArrayList<>();
  private List<PreparedCandidate> first = List.of();
  private @Nullable Server inside;
  private @Nullable PgkillException shutOut;

  /**
   * @param rule which to roll back; null for none
   * @param noneMayBeLeft whether the database as a whole is next
   */
  public PreparedRollback(
      Admission admission,
      DatabaseInfo database,
      @Nullable PreparedRule rule,
      boolean noneMayBeLeft,
      Console console,
      Journal journal) {
    this.admission = admission;
    this.database = database;
    this.rule = rule;
    this.noneMayBeLeft = noneMayBeLeft;
    this.console = console;
    this.journal = journal;
    this.transactions = new PreparedTransactions(admission.server(), database);
  }

  @Override
  public Nothing check() {
    if (rule != null) {
      transactions.checkPattern(rule);
    }
    first = look();
    if (rule != null) {
      requireAllowed(selected(first));
      connect();
      if (shutOut != null && !selected(first).isEmpty()) {
        throw shutOut;
      }
    }
    return Nothing.NOTHING;
  }

  /** Those that will be rolled back. */
  public List<PreparedTransaction> selected() {
    return selected(first).stream().map(PreparedCandidate::transaction).toList();
  }

  @Override
  public void say(Nothing plan) {
    for (PreparedTransaction transaction : selected()) {
      String statement = PreparedTransactions.statement(transaction);
      journal.step(StepResult.planned("rollbackPrepared", StepResult.Kind.SQL, statement));
      journal.planned(typed(transaction));
    }
    remark(first.stream().filter(c -> !c.selected()).toList());
  }

  /** Rolls back and names what is left; where none may be left, that is a failure. */
  @Override
  public void run(Nothing plan) {
    List<String> refused = new ArrayList<>();
    if (rule != null) {
      for (PreparedCandidate candidate : selected(look())) {
        rollBack(candidate.transaction(), rule).ifPresent(refused::add);
      }
    }
    close();
    List<PreparedCandidate> left = look();
    remark(left);
    if (!refused.isEmpty()) {
      throw new NotCleared(
          Wording.count(refused.size(), "prepared transaction")
              + " of database "
              + database.name()
              + " could not be rolled back: "
              + String.join("; ", refused),
          "Connect as the role that prepared it, or as a superuser.");
    }
    if (noneMayBeLeft && !left.isEmpty()) {
      throw new PgkillFailure(
          "database "
              + database.name()
              + " cannot be dropped: its clients left "
              + described(left)
              + " behind",
          "Remove it first: " + typed(left.get(0).transaction()));
    }
  }

  /** Ends the connection to the database, which must not be in the way itself. */
  @Override
  public void close() {
    Server open = inside;
    inside = null;
    if (open != null) {
      open.close();
    }
  }

  private List<PreparedCandidate> look() {
    List<PreparedCandidate> found = transactions.look(rule);
    for (PreparedCandidate candidate : found) {
      boolean known =
          seen.stream().anyMatch(t -> t.transaction() == candidate.transaction().transaction());
      if (!known) {
        seen.add(candidate.transaction());
      }
    }
    journal.prepared(seen);
    return found;
  }

  private static List<PreparedCandidate> selected(List<PreparedCandidate> candidates) {
    return candidates.stream().filter(PreparedCandidate::selected).toList();
  }

  private void requireAllowed(List<PreparedCandidate> selected) {
    List<PreparedCandidate> others = selected.stream().filter(c -> !c.mayEnd()).toList();
    if (!others.isEmpty()) {
      String owner = others.get(0).transaction().owner();
      throw new PgkillFailure(
          "role "
              + admission.server().info().role()
              + " may not roll back "
              + described(others)
              + "; nothing was touched",
          "Connect as " + owner + " or as a superuser, or GRANT " + owner + " to the role.");
    }
  }

  /** Being shut out matters only if there is something to do inside. */
  private void connect() {
    if (inside != null) {
      return;
    }
    try {
      inside = admission.into(database.name());
      shutOut = null;
    } catch (PgkillException e) {
      shutOut = e;
      console.debug("no connection to database " + database.name() + ": " + e.getMessage());
    }
  }

  /** Why it was refused; empty when it is gone. */
  private Optional<String> rollBack(PreparedTransaction transaction, PreparedRule by) {
    String what = PreparedTransactions.described(transaction);
    Stopwatch watch = new Stopwatch();
    RollbackResult result =
        inside == null
            ? new RollbackResult.Refused(
                shutOut == null
                    ? "there is no connection to it"
                    : String.valueOf(shutOut.getMessage()))
            : new PreparedTransactions(inside, database).rollBack(transaction, by);
    if (result instanceof RollbackResult.NoMatch) {
      console.info(what + ": somebody has ended it meanwhile");
      return Optional.empty();
    }
    if (result instanceof RollbackResult.Refused refused) {
      step(transaction, StepResult.Status.FAILED, watch.elapsed(), refused.reason());
      return Optional.of(what + " (" + refused.reason() + ")");
    }
    step(transaction, StepResult.Status.DONE, watch.elapsed(), "");
    journal.executed(PreparedTransactions.statement(transaction));
    console.info("rolled back " + what);
    return Optional.empty();
  }

  private void step(
      PreparedTransaction transaction, StepResult.Status status, Duration took, String output) {
    journal.step(
        new StepResult(
            "rollbackPrepared",
            StepResult.Kind.SQL,
            PreparedTransactions.statement(transaction),
            status,
            took,
            null,
            output));
  }

  private void remark(List<PreparedCandidate> left) {
    left.stream()
        .limit(NAMED)
        .map(PreparedCandidate::transaction)
        .map(t -> PreparedTransactions.described(t) + ", is left; to end it: " + typed(t))
        .forEach(journal::remark);
    if (left.size() > NAMED) {
      journal.remark(
          Wording.count(left.size() - NAMED, "more prepared transaction")
              + " of database "
              + database.name()
              + Wording.agree(left.size() - NAMED, " is", " are")
              + " left; the JSON report has them all");
    }
  }

  private static String described(List<PreparedCandidate> some) {
    return Wording.firstOf(
        some.stream().map(one -> PreparedTransactions.described(one.transaction())).toList(),
        NAMED);
  }

  private String typed(PreparedTransaction transaction) {
    return PreparedTransactions.statement(transaction)
        + "  -- in database "
        + database.name()
        + ", as "
        + transaction.owner();
  }
}
