package io.github.pgkill.job.terminate;

import io.github.pgkill.job.outcome.NotCleared;
import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import io.github.pgkill.postgres.sessions.LockCheck;
import io.github.pgkill.postgres.sessions.LockWatch;
import io.github.pgkill.postgres.sessions.LockWatch.LockChainMember;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.text.Wording;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * After a surgical kill: whether the locks that it was about can be had now, and who is in the way
 * if they cannot. Without {@code holdingLocksOn} and {@code rootBlockersOnly} it has nothing to
 * say.
 */
final class LockProof implements Phase<Nothing> {

  private final Sessions sessions;
  private final LockWatch locks;
  private final Journal journal;

  LockProof(Sessions sessions, Journal journal) {
    this.sessions = sessions;
    this.locks = sessions.locks();
    this.journal = journal;
  }

  @Override
  public Nothing check() {
    return Nothing.NOTHING;
  }

  /** How the lock would be tried, and what no signal would end. */
  @Override
  public void say(Nothing plan) {
    locks.statements().forEach(journal::planned);
    List<PreparedTransaction> prepared = prepared();
    if (!prepared.isEmpty()) {
      journal.remark(inTheWay(prepared));
    }
    tellElsewhere();
  }

  /** The sessions are gone: that is held against the locks. */
  @Override
  public void run(Nothing plan) {
    requireNonePrepared();
    if (!about().isEmpty()) {
      tryLock();
    }
    locks.close();
    tellElsewhere();
  }

  private List<PreparedTransaction> prepared() {
    return locks.prepared();
  }

  private String about() {
    return String.join(", ", locks.names());
  }

  private void requireNonePrepared() {
    List<PreparedTransaction> prepared = prepared();
    if (!prepared.isEmpty()) {
      throw new NotCleared(inTheWay(prepared), removal(prepared));
    }
  }

  /** A lock that spared sessions hold is not tried: waiting for it would only hold up others. */
  private void tryLock() {
    Set<Integer> spared = spared(journal.results());
    List<LockChainMember> sparedHolders =
        locks.holders().stream().filter(holder -> spared.contains(holder.pid())).toList();
    if (!sparedHolders.isEmpty()) {
      journal.remark("the lock on " + about() + " cannot be had: " + words(sparedHolders));
      return;
    }
    LockCheck check = locks.tryLock();
    if (check instanceof LockCheck.Taken taken && taken.tables() > 0) {
      journal.note(taken(taken));
      return;
    }
    List<LockChainMember> holders = locks.holders();
    if (check instanceof LockCheck.Kept kept) {
      throw kept(kept, holders);
    }
    if (!holders.isEmpty()) {
      throw new NotCleared("the lock on " + about() + " cannot be had: " + words(holders), widen());
    }
    journal.note(unheld(check));
  }

  private NotCleared kept(LockCheck.Kept kept, List<LockChainMember> holders) {
    requireNonePrepared();
    return new NotCleared(
        "the lock on "
            + about()
            + " cannot be had ("
            + kept.reason()
            + ")"
            + (holders.isEmpty() ? "" : ": " + words(holders)),
        widen());
  }

  private Set<Integer> spared(List<SessionResult> results) {
    return results.stream()
        .filter(result -> result.session().node().equals(sessions.node()))
        .filter(result -> result.outcome() instanceof Outcome.Excluded)
        .map(result -> result.session().pid())
        .collect(Collectors.toSet());
  }

  private String taken(LockCheck.Taken taken) {
    return "the lock on "
        + about()
        + " can be had: ACCESS EXCLUSIVE was taken on "
        + Wording.count(taken.tables(), "table")
        + " and given back"
        + (taken.untried() > 0
            ? "; "
                + taken.untried()
                + Wording.agree(taken.untried(), " more was not tried", " more were not tried")
            : "");
  }

  private String unheld(LockCheck check) {
    return (check instanceof LockCheck.NotTried not
            ? "whether the lock on "
                + about()
                + " can be had was not tried, because the server would not let this role: "
                + not.reason()
                + "; "
            : "")
        + "pg_locks shows nobody with a lock on "
        + about();
  }

  private static String widen() {
    return "Widen or drop the other filters (backendTypes, sessionUsers, ...), or close the"
        + " database so that nobody takes the lock anew.";
  }

  private static String words(List<LockChainMember> holders) {
    return "held by "
        + holders.stream().map(LockChainMember::what).collect(Collectors.joining(", "));
  }

  private String inTheWay(List<PreparedTransaction> prepared) {
    int many = prepared.size();
    return prepared.stream()
            .map(PreparedTransactions::named)
            .collect(Collectors.joining(", and ", "", ","))
        + (about().isEmpty()
            ? Wording.agree(
                many, " is at the root of a blocking chain", " are at the roots of blocking chains")
            : Wording.agree(many, " holds", " hold") + " a lock on " + about())
        + Wording.agree(many, ", and no signal ends it", ", and no signal ends them");
  }

  private static String removal(List<PreparedTransaction> prepared) {
    return Wording.agree(
            prepared.size(), "Commit it, or roll it back: ", "Commit them, or roll them back: ")
        + prepared.stream()
            .map(
                transaction ->
                    PreparedTransactions.statement(transaction)
                        + " in database "
                        + transaction.database()
                        + " as "
                        + transaction.owner())
            .collect(Collectors.joining("; "));
  }

  private void tellElsewhere() {
    if (!sessions.filter().rootBlockersOnly()) {
      return;
    }
    List<LockChainMember> blockers = locks.blockersElsewhere();
    if (!blockers.isEmpty()) {
      journal.remark(
          "sessions of database "
              + sessions.database().name()
              + " wait for "
              + blockers.stream().map(LockChainMember::what).collect(Collectors.joining(", "))
              + Wording.agree(
                  blockers.size(),
                  ", which is not selected because it belongs elsewhere",
                  ", which are not selected because they belong elsewhere"));
    }
  }
}
