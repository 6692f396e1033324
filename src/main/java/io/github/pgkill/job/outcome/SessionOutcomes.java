package io.github.pgkill.job.outcome;

import io.github.pgkill.model.sessions.Backend;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.postgres.sessions.Candidate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is known of every session that matched: exactly one entry per identity, from the moment it
 * is first seen to its outcome. Identities that came after the first selection are newcomers.
 */
public final class SessionOutcomes {

  /** In a storm of reconnecting clients, newcomers that are gone beyond this are only counted. */
  static final int LISTED_NEWCOMERS = 5_000;

  private final Map<SessionId, Entry> entries = new LinkedHashMap<>();
  private final Map<Backend, Entry> hidden = new LinkedHashMap<>();
  private final Set<Backend> firstHidden = new HashSet<>();
  private final Set<SessionId> first = new HashSet<>();
  private int newcomers;
  private int unlisted;

  /** One session's state; without an outcome it waits for one. */
  private static final class Entry {
    private final Session session;
    private final boolean newcomer;
    private @Nullable Duration signalledAt;
    private @Nullable ProcessSignal by;
    private @Nullable Outcome outcome;

    Entry(Session session, boolean newcomer) {
      this.session = session;
      this.newcomer = newcomer;
    }

    boolean pending() {
      return signalledAt != null && outcome == null;
    }
  }

  /** Everybody who was there at the first selection; all others will be newcomers. */
  public void firstSelection(Selection selection) {
    for (Candidate candidate : selection.candidates()) {
      Session session = candidate.session();
      session.id().ifPresentOrElse(first::add, () -> firstHidden.add(session.backend()));
    }
  }

  /** Whether this identity is new to us, or was spared so far. */
  public boolean untouched(SessionId id) {
    Entry entry = entries.get(id);
    return entry == null || entry.outcome instanceof Outcome.Excluded;
  }

  /** Writes down that a session has an outcome. */
  public void settle(Session session, SessionId id, Outcome outcome) {
    entry(session, id).outcome = outcome;
  }

  /** Writes down a session that this role may not identify. */
  public void settleHidden(Session session, Outcome outcome) {
    hidden.computeIfAbsent(session.backend(), key -> enter(session)).outcome = outcome;
  }

  /** Writes down that a session was signalled; its outcome is open. */
  public void signalled(Session session, SessionId id, Duration at) {
    Entry entry = entry(session, id);
    entry.signalledAt = at;
    entry.outcome = null;
  }

  /** Writes down that a session's process was signalled; its outcome is open. */
  public void signalled(Session session, SessionId id, Duration at, ProcessSignal by) {
    signalled(session, id, at);
    entry(session, id).by = by;
  }

  /** The identities that were signalled and have no outcome. */
  public List<SessionId> pending() {
    return entries.entrySet().stream()
        .filter(entry -> entry.getValue().pending())
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The sessions that were signalled and have no outcome. */
  public List<Session> pendingSessions() {
    return entries.values().stream().filter(Entry::pending).map(e -> e.session).toList();
  }

  /** Of the pending ones, those that the server shows no more are gone. */
  public void gone(Collection<SessionId> pending, Set<SessionId> remaining, Duration now) {
    for (SessionId id : pending) {
      Entry entry = entries.get(id);
      if (entry != null && entry.signalledAt != null && !remaining.contains(id)) {
        entry.outcome = new Outcome.Gone(now.minus(entry.signalledAt), entry.by);
        if (entry.newcomer && newcomers > LISTED_NEWCOMERS) {
          entries.remove(id);
          unlisted++;
        }
      }
    }
  }

  /** What is still pending has survived. */
  public void survived(Duration now) {
    for (Entry entry : entries.values()) {
      if (entry.pending() && entry.signalledAt != null) {
        entry.outcome = new Outcome.Survived(now.minus(entry.signalledAt));
      }
    }
  }

  /** The refused ones: they may have ended by themselves since. */
  public List<SessionId> refused() {
    return entries.entrySet().stream()
        .filter(entry -> entry.getValue().outcome instanceof Outcome.Refused)
        .map(Map.Entry::getKey)
        .toList();
  }

  /** The sessions that were refused and can be told from others. */
  public List<Session> refusedSessions() {
    return entries.values().stream()
        .filter(entry -> entry.outcome instanceof Outcome.Refused)
        .map(entry -> entry.session)
        .toList();
  }

  /** Whether this identity appeared after the first selection. */
  public boolean newcomer(SessionId id) {
    return !first.contains(id);
  }

  /** What is known of the refused ones. */
  public List<SessionResult> refusedResults() {
    return Stream.concat(entries.values().stream(), hidden.values().stream())
        .filter(entry -> entry.outcome instanceof Outcome.Refused)
        .map(entry -> result(entry, Set.of()))
        .toList();
  }

  /** Whether there is anybody to whom no signal went, so that nobody waited for their end. */
  public boolean anyUnsignalled() {
    return !hidden.isEmpty() || !refused().isEmpty();
  }

  /** Corrects outcomes of sessions that ended by themselves after they were refused. */
  public void endedByThemselves(
      Set<SessionId> refusedAndRemaining, Set<Backend> hiddenAndRemaining) {
    for (SessionId id : refused()) {
      Entry entry = entries.get(id);
      if (entry != null && !refusedAndRemaining.contains(id)) {
        entry.outcome = new Outcome.AlreadyGone();
      }
    }
    hidden.forEach(
        (process, entry) -> {
          if (!hiddenAndRemaining.contains(process)) {
            entry.outcome = new Outcome.AlreadyGone();
          }
        });
  }

  /** How many identities appeared after the first selection. */
  public int newcomers() {
    return newcomers;
  }

  /** How many of them are not in the results, because they were too many; all of those are gone. */
  public int unlisted() {
    return unlisted;
  }

  /** When the last of the signalled sessions was seen to be gone, from the start of the job. */
  public Duration lastGoneAt() {
    return entries.values().stream()
        .map(SessionOutcomes::goneAt)
        .max(Comparator.naturalOrder())
        .orElse(Duration.ZERO);
  }

  private static Duration goneAt(Entry entry) {
    return entry.outcome instanceof Outcome.Gone gone && entry.signalledAt != null
        ? entry.signalledAt.plus(gone.after())
        : Duration.ZERO;
  }

  /** One result per session that matched, in the order they were seen. */
  public List<SessionResult> results(Set<Backend> holdingLocks) {
    List<Entry> all = new ArrayList<>(entries.values());
    all.addAll(hidden.values());
    return all.stream().map(entry -> result(entry, holdingLocks)).collect(Collectors.toList());
  }

  private static SessionResult result(Entry entry, Set<Backend> holdingLocks) {
    Outcome outcome = entry.outcome;
    if (outcome == null) {
      throw new IllegalStateException("pid " + entry.session.pid() + " has no outcome");
    }
    boolean holds = !outcome.ended() && holdingLocks.contains(entry.session.backend());
    return new SessionResult(entry.session, outcome, entry.newcomer, entry.signalledAt, holds);
  }

  private Entry entry(Session session, SessionId id) {
    return entries.computeIfAbsent(id, key -> enter(session));
  }

  private Entry enter(Session session) {
    boolean newcomer =
        session
            .id()
            .map(id -> !first.contains(id))
            .orElse(!firstHidden.contains(session.backend()));
    if (newcomer) {
      newcomers++;
    }
    return new Entry(session, newcomer);
  }
}
