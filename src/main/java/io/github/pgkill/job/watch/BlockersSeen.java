package io.github.pgkill.job.watch;

import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Refusal.Cause;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.LockChainMember;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who keeps certain sessions waiting, at one look. From each of them the way goes to those for whom
 * it waits: it stops at the first session that may be ended, because ending that frees the waiter
 * or brings the next one to the front; through those that may not be ended it goes on, to whoever
 * makes them wait in turn.
 *
 * @param victims the selected ones, to be ended
 * @param spared the ones at the end of a way that may not be ended, with the reason
 * @param excluded the candidates among them that a rule of the user's spares
 * @param behindPrepared backends that wait for a prepared transaction
 */
record BlockersSeen(
    List<Session> victims,
    Map<LockChainMember, Refusal> spared,
    List<Candidate> excluded,
    Set<Integer> behindPrepared) {

  /** Nobody is in the way. */
  static final BlockersSeen NONE = new BlockersSeen(List.of(), Map.of(), List.of(), Set.of());

  boolean isEmpty() {
    return victims.isEmpty() && spared.isEmpty() && behindPrepared.isEmpty();
  }

  /**
   * Finds them.
   *
   * @param waiters backends that must not wait
   * @param chain those and all for whom they wait
   * @param candidates whom the filters match
   * @param protection why one is not to be ended, whatever the filters say; empty for the others
   */
  static BlockersSeen of(
      List<Integer> waiters,
      Map<Integer, LockChainMember> chain,
      List<Candidate> candidates,
      Function<LockChainMember, Optional<Refusal>> protection) {
    return new Search(chain, candidates, protection).from(waiters);
  }

  /** One walk along all chains. */
  private static final class Search {
    private final Map<Integer, LockChainMember> chain;
    private final Map<SessionId, Candidate> candidates = new HashMap<>();
    private final Map<Integer, Candidate> hidden = new HashMap<>();
    private final Function<LockChainMember, Optional<Refusal>> protection;

    private final List<Session> victims = new ArrayList<>();
    private final Map<LockChainMember, Refusal> spared = new LinkedHashMap<>();
    private final List<Candidate> excluded = new ArrayList<>();
    private final Set<Integer> behindPrepared = new HashSet<>();
    private final Deque<LockChainMember> open = new ArrayDeque<>();
    private final Set<Integer> seen = new HashSet<>();

    Search(
        Map<Integer, LockChainMember> chain,
        List<Candidate> candidates,
        Function<LockChainMember, Optional<Refusal>> protection) {
      this.chain = chain;
      this.protection = protection;
      for (Candidate candidate : candidates) {
        candidate
            .session()
            .id()
            .ifPresentOrElse(
                id -> this.candidates.put(id, candidate),
                () -> hidden.put(candidate.session().pid(), candidate));
      }
    }

    BlockersSeen from(List<Integer> waiters) {
      for (int pid : waiters) {
        reach(pid);
      }
      Set<Integer> roots = Set.copyOf(seen);
      while (!open.isEmpty()) {
        LockChainMember holder = open.remove();
        if (roots.contains(holder.pid()) || !victim(holder)) {
          follow(holder);
        }
      }
      return new BlockersSeen(victims, spared, excluded, behindPrepared);
    }

    private void reach(int pid) {
      LockChainMember holder = chain.get(pid);
      // one that is not in the chain has ended since
      if (holder != null && seen.add(pid)) {
        open.add(holder);
      }
    }

    private void follow(LockChainMember holder) {
      for (int pid : holder.blockedBy()) {
        if (pid == 0) {
          behindPrepared.add(holder.pid());
        } else {
          reach(pid);
        }
      }
    }

    private boolean victim(LockChainMember holder) {
      Candidate candidate =
          holder.id() == null ? hidden.get(holder.pid()) : candidates.get(holder.id());
      Optional<Refusal> protectedBy = protection.apply(holder);
      if (candidate != null && candidate.selected() && protectedBy.isEmpty()) {
        victims.add(candidate.session());
        return true;
      }
      if (candidate != null && !candidate.selected()) {
        excluded.add(candidate);
      }
      if (holder.blockedBy().isEmpty()) {
        spared.put(holder, protectedBy.orElseGet(() -> reason(candidate)));
      }
      return false;
    }

    private static Refusal reason(@Nullable Candidate candidate) {
      return candidate == null || candidate.excludedBy() == null
          ? new Refusal(Cause.NOT_SELECTED, "the filters do not select it")
          : new Refusal(Cause.EXCLUDED, "excluded: " + candidate.excludedBy().words());
    }
  }
}
