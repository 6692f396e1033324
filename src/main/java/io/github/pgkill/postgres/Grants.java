package io.github.pgkill.postgres;

import io.github.pgkill.model.AclEntry;
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
final class Grants {

  private final List<AclEntry> entries;
  private final long owner;

  /**
   * @param entries all CONNECT privileges of the database
   * @param owner its owner, who may grant without having been granted anything
   */
  Grants(Collection<AclEntry> entries, long owner) {
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
  List<AclEntry> grantorsFirst(Collection<AclEntry> some) {
    List<AclEntry> ordered = new ArrayList<>();
    Set<AclEntry> left = inOrder(some, ordered);
    // nobody can grant these; whoever forged them gets them refused by the server
    ordered.addAll(left);
    return ordered;
  }

  /** Some of the entries, each before those that its grantor needs. */
  List<AclEntry> granteesFirst(Collection<AclEntry> some) {
    List<AclEntry> ordered = new ArrayList<>(grantorsFirst(some));
    Collections.reverse(ordered);
    return ordered;
  }

  /** Those of some entries that nobody could grant again once all of them are gone. */
  Set<AclEntry> irretrievable(Collection<AclEntry> some) {
    return inOrder(some, new ArrayList<>());
  }

  /** These entries and all that were granted by virtue of them. */
  Set<AclEntry> withDependents(Collection<AclEntry> some) {
    Set<AclEntry> all = new LinkedHashSet<>(some);
    Deque<AclEntry> next = new ArrayDeque<>(some);
    while (!next.isEmpty()) {
      AclEntry enabling = next.remove();
      for (AclEntry entry : entries) {
        if (enables(enabling, entry) && all.add(entry)) {
          next.add(entry);
        }
      }
    }
    return all;
  }

  /** Puts into order what can be; returns the rest. */
  private Set<AclEntry> inOrder(Collection<AclEntry> some, List<AclEntry> ordered) {
    Set<AclEntry> left = new LinkedHashSet<>(some);
    Map<Long, Set<Long>> options = new HashMap<>();
    minus(entries, left).forEach(entry -> note(options, entry));
    boolean grown = true;
    while (grown && !left.isEmpty()) {
      grown = false;
      for (AclEntry entry : List.copyOf(left)) {
        if (grantable(entry, options)) {
          note(options, entry);
          ordered.add(entry);
          left.remove(entry);
          grown = true;
        }
      }
    }
    return left;
  }

  private static void note(Map<Long, Set<Long>> options, AclEntry entry) {
    if (entry.grantable()) {
      options.computeIfAbsent(entry.grantor(), unused -> new HashSet<>()).add(entry.grantee());
    }
  }

  private boolean grantable(AclEntry entry, Map<Long, Set<Long>> options) {
    if (entry.grantor() == owner) {
      return true;
    }
    Set<Long> reached = new HashSet<>(Set.of(owner));
    Deque<Long> next = new ArrayDeque<>(reached);
    while (!next.isEmpty()) {
      for (long role : options.getOrDefault(next.remove(), Set.of())) {
        boolean around = entry.grantable() && role == entry.grantee();
        if (!around && reached.add(role)) {
          next.add(role);
        }
      }
    }
    return reached.contains(entry.grantor());
  }

  private boolean enables(AclEntry one, AclEntry other) {
    return one.grantable() && one.grantee() == other.grantor() && other.grantor() != owner;
  }
}
