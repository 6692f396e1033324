package io.github.pgkill.job.terminate;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.words.Words;
import io.github.pgkill.model.Durations;
import io.github.pgkill.model.Outcome;
import io.github.pgkill.model.PreparedTransaction;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import io.github.pgkill.postgres.sessions.LockCheck;
import io.github.pgkill.postgres.sessions.LockWatch;
import io.github.pgkill.postgres.sessions.LockWatch.LockChainMember;
import io.github.pgkill.postgres.sessions.Sessions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * After a surgical kill: whether the locks that it was about can be had now, and who is in the way
 * if they cannot. Without {@code holdingLocksOn} and {@code rootBlockersOnly} it has nothing to
 * say.
 */
final class LockProof {

  private final Sessions sessions;
  private final LockWatch locks;

  LockProof(Sessions sessions) {
    this.sessions = sessions;
    this.locks = sessions.locks();
  }

  /** What a dry run adds: how the lock would be tried, and what no signal would end. */
  Termination rehearsed(Termination rehearsal) {
    List<PreparedTransaction> prepared = prepared();
    return rehearsal
        .followedBy(locks.statements())
        .remarking(prepared.isEmpty() ? List.of() : List.of(inTheWay(prepared)))
        .remarking(elsewhere());
  }

  /** The verdict on sessions that are gone, held against the locks. */
  Termination judged(Termination termination) {
    if (termination.verdict().status() != Verdict.Status.SUCCESS) {
      return termination;
    }
    List<PreparedTransaction> prepared = prepared();
    if (!prepared.isEmpty()) {
      return termination.failing(inTheWay(prepared), removal(prepared));
    }
    Termination judged = about().isEmpty() ? termination : tried(termination);
    locks.close();
    return judged.remarking(elsewhere());
  }

  private List<PreparedTransaction> prepared() {
    return locks.prepared();
  }

  private String about() {
    return String.join(", ", locks.names());
  }

  /** A lock that spared sessions hold is not tried: waiting for it would only hold up others. */
  private Termination tried(Termination termination) {
    Set<Integer> spared = spared(termination);
    List<LockChainMember> sparedHolders =
        locks.holders().stream().filter(holder -> spared.contains(holder.pid())).toList();
    if (!sparedHolders.isEmpty()) {
      return termination.remarking(
          List.of("the lock on " + about() + " cannot be had: " + words(sparedHolders)));
    }
    LockCheck check = locks.tryLock();
    if (check instanceof LockCheck.Taken taken && taken.tables() > 0) {
      return termination.remarking(List.of(taken(taken)));
    }
    List<LockChainMember> holders = locks.holders();
    if (check instanceof LockCheck.Kept kept) {
      return kept(termination, kept, holders);
    }
    return holders.isEmpty()
        ? termination.remarking(List.of(unheld(check)))
        : termination.failing(
            "the lock on " + about() + " cannot be had: " + words(holders), widen());
  }

  private Termination kept(
      Termination termination, LockCheck.Kept kept, List<LockChainMember> holders) {
    List<PreparedTransaction> prepared = prepared();
    if (!prepared.isEmpty()) {
      return termination.failing(inTheWay(prepared), removal(prepared));
    }
    return termination.failing(
        "the lock on "
            + about()
            + " cannot be had ("
            + kept.reason()
            + ")"
            + (holders.isEmpty() ? "" : ": " + words(holders)),
        widen());
  }

  private static Set<Integer> spared(Termination termination) {
    return termination.results().stream()
        .filter(result -> result.outcome() instanceof Outcome.Excluded)
        .map(result -> result.session().pid())
        .collect(Collectors.toSet());
  }

  private String taken(LockCheck.Taken taken) {
    return "the lock on "
        + about()
        + " can be had: ACCESS EXCLUSIVE was taken on "
        + Words.count(taken.tables(), "table")
        + " and given back"
        + (taken.untried() > 0 ? "; " + taken.untried() + " more were not tried" : "");
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
    return prepared.stream()
            .map(
                transaction ->
                    "prepared transaction "
                        + transaction.gid()
                        + " of role "
                        + transaction.owner()
                        + ", "
                        + Durations.format(transaction.age())
                        + " old,")
            .collect(Collectors.joining(" and "))
        + (about().isEmpty()
            ? " is at the root of a blocking chain"
            : " holds a lock on " + about())
        + ", and no signal ends it";
  }

  private static String removal(List<PreparedTransaction> prepared) {
    return "Commit it, or roll it back: "
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

  private List<String> elsewhere() {
    if (!sessions.filter().rootBlockersOnly()) {
      return List.of();
    }
    List<LockChainMember> blockers = locks.blockersElsewhere();
    return blockers.isEmpty()
        ? List.of()
        : List.of(
            "sessions of database "
                + sessions.database().name()
                + " wait for "
                + blockers.stream().map(LockChainMember::what).collect(Collectors.joining(", "))
                + ", which is not selected because it belongs elsewhere");
  }
}
