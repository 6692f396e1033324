package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.lockout.AclEntry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The CONNECT privileges of a database as a graph: who granted what on depends on having it with
 * grant option. Given back in that order, taken in the opposite one, no statement needs CASCADE.
 *
 * <p>Two roles may have granted each other the option, so it is not enough to look for entries that
 * no other entry enables: an entry can be granted once its grantor has the option from the owner by
 * a way that does not lead through the grantee (PostgreSQL, {@code check_circularity} in acl.c).
 */
public final class Grants {

  private static final int STEPS_TO_TRY = 300_000;

  /** More, so that what could be taken can be given back, in whatever order it is read then. */
  private static final int STEPS_TO_ORDER = 8 * STEPS_TO_TRY;

  private final List<AclEntry> entries;
  private final long owner;

  /**
   * @param entries all CONNECT privileges of the database
   * @param owner its owner, who may grant without having been granted anything
   */
  public Grants(Collection<AclEntry> entries, long owner) {
    this.entries = List.copyOf(entries);
    this.owner = owner;
  }

  /** Those of one set that are not in the other. */
  static Set<AclEntry> minus(Collection<AclEntry> from, Collection<AclEntry> what) {
    Set<AclEntry> rest = new LinkedHashSet<>(from);
    rest.removeAll(what);
    return rest;
  }

  /** Some of the entries, each after those that its grantor needs. */
  public List<AclEntry> grantorsFirst(Collection<AclEntry> some) {
    Ordering ordering = new Ordering(some, STEPS_TO_ORDER);
    List<AclEntry> ordered = new ArrayList<>(ordering.ordered);
    // nobody can grant these; whoever forged them gets them refused by the server
    ordered.addAll(ordering.left);
    return ordered;
  }

  /** Some of the entries, each before those that its grantor needs. */
  List<AclEntry> granteesFirst(Collection<AclEntry> some) {
    List<AclEntry> ordered = new ArrayList<>(grantorsFirst(some));
    Collections.reverse(ordered);
    return ordered;
  }

  /**
   * Those of some entries that nobody could grant again once all of them are gone, and those that
   * are granted to and fro so often that it would take too long to tell.
   */
  Set<AclEntry> irretrievable(Collection<AclEntry> some) {
    return new Ordering(some, STEPS_TO_TRY).left;
  }

  /** These entries and all that were granted by virtue of them. */
  Set<AclEntry> withDependents(Collection<AclEntry> some) {
    Map<Long, List<AclEntry>> granted = byGrantor(entries);
    Set<AclEntry> all = new LinkedHashSet<>(some);
    Set<Long> lost = new HashSet<>(Set.of(owner));
    Deque<AclEntry> next = new ArrayDeque<>(some);
    while (!next.isEmpty()) {
      AclEntry enabling = next.remove();
      if (enabling.grantable() && lost.add(enabling.grantee())) {
        for (AclEntry entry : granted.getOrDefault(enabling.grantee(), List.of())) {
          if (all.add(entry)) {
            next.add(entry);
          }
        }
      }
    }
    return all;
  }

  private static Map<Long, List<AclEntry>> byGrantor(Collection<AclEntry> entries) {
    Map<Long, List<AclEntry>> granted = new HashMap<>();
    for (AclEntry entry : entries) {
      granted.computeIfAbsent(entry.grantor(), unused -> new ArrayList<>()).add(entry);
    }
    return granted;
  }

  /**
   * Puts some entries into an order in which they can be granted, as far as there is one: in one
   * walk over all of them from the owner on. Only an entry whose grantee has the option already,
   * from somebody else, needs a search of its own, and those searches have a limit together.
   */
  private final class Ordering {
    private final List<AclEntry> ordered = new ArrayList<>();
    private final Set<AclEntry> left;
    private final Map<Long, Set<Long>> options = new HashMap<>();
    private final Set<Long> reached = new HashSet<>(Set.of(owner));
    private int steps;

    Ordering(Collection<AclEntry> some, int steps) {
      this.left = new LinkedHashSet<>(some);
      this.steps = steps;
      minus(entries, left).forEach(this::note);
      walk(byGrantor(left));
      while (!left.isEmpty() && searchAll()) {
        // what was added may be the way that others lacked
      }
    }

    private void note(AclEntry entry) {
      if (entry.grantable()) {
        options.computeIfAbsent(entry.grantor(), unused -> new HashSet<>()).add(entry.grantee());
      }
    }

    private void walk(Map<Long, List<AclEntry>> byGrantor) {
      Deque<Long> next = new ArrayDeque<>(reached);
      while (!next.isEmpty()) {
        long grantor = next.remove();
        for (long role : options.getOrDefault(grantor, Set.of())) {
          if (reached.add(role)) {
            next.add(role);
          }
        }
        for (AclEntry entry : byGrantor.getOrDefault(grantor, List.of())) {
          if (!entry.grantable() || grantor == owner || !reached.contains(entry.grantee())) {
            add(entry);
            if (entry.grantable() && reached.add(entry.grantee())) {
              next.add(entry.grantee());
            }
          }
        }
      }
    }

    private void add(AclEntry entry) {
      ordered.add(entry);
      left.remove(entry);
      note(entry);
    }

    private boolean searchAll() {
      boolean grown = false;
      for (AclEntry entry : List.copyOf(left)) {
        if (reached.contains(entry.grantor()) && findsWayAround(entry)) {
          add(entry);
          grown = true;
        }
      }
      return grown;
    }

    /** Whether the grantor has the option by a way that does not lead through the grantee. */
    private boolean findsWayAround(AclEntry entry) {
      Set<Long> passed = new HashSet<>(List.of(owner, entry.grantee()));
      Deque<Long> next = new ArrayDeque<>(Set.of(owner));
      while (!next.isEmpty() && steps > 0) {
        for (long role : options.getOrDefault(next.remove(), Set.of())) {
          steps--;
          if (passed.add(role)) {
            if (role == entry.grantor()) {
              return true;
            }
            next.add(role);
          }
        }
      }
      return false;
    }
  }
}
