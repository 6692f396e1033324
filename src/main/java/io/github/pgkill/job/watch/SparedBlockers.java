package io.github.pgkill.job.watch;

import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import io.github.pgkill.postgres.sessions.LockChainMember;
import io.github.pgkill.postgres.sessions.LockQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What keeps sessions waiting and is not to be ended, as the report names it. */
final class SparedBlockers {

  private SparedBlockers() {}

  /** All of them that stand at the end of a way. */
  static List<Blocker> of(BlockersSeen inTheWay, LockQueue queue) {
    List<Blocker> blockers = new ArrayList<>();
    inTheWay.spared().forEach((holder, why) -> blockers.add(session(holder, why)));
    if (!inTheWay.behindPrepared().isEmpty()) {
      queue.preparedBlocking(inTheWay.behindPrepared()).stream()
          .map(SparedBlockers::prepared)
          .forEach(blockers::add);
    }
    return blockers;
  }

  /** In one line. */
  static String words(List<Blocker> blockers) {
    return blockers.stream().map(Blocker::what).collect(Collectors.joining("; "));
  }

  /** What mends the first that can be mended. */
  static @Nullable String remedy(List<Blocker> blockers) {
    return blockers.stream()
        .flatMap(
            blocker ->
                Stream.ofNullable(blocker.removal())
                    .map(Removal::text)
                    .map(
                        text ->
                            blocker.where() == null
                                ? text
                                : text + " -- in database " + blocker.where()))
        .findFirst()
        .orElse(null);
  }

  private static Blocker session(LockChainMember holder, Refusal why) {
    String what =
        holder.described() + " in database " + holder.database() + " (" + why.words() + ")";
    return new Blocker(
        Blocker.Kind.SESSION,
        what,
        holder.transactionAge(),
        holder.pid(),
        true,
        null,
        holder.database(),
        why);
  }

  private static Blocker prepared(PreparedTransaction transaction) {
    return new Blocker(
        Blocker.Kind.PREPARED_TRANSACTION,
        PreparedTransactions.named(transaction),
        transaction.age(),
        null,
        true,
        new Removal(Removal.Action.ROLLBACK_PREPARED, PreparedTransactions.statement(transaction)),
        transaction.database(),
        null);
  }
}
