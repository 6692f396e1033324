package io.github.pgkill.postgres;

import io.github.pgkill.model.AclEntry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The CONNECT privileges of a database as a graph: who granted what on depends on having it with
 * grant option. Given back in that order, taken in the opposite one, no statement needs CASCADE.
 */
final class Grants {

  private final List<AclEntry> entries;

  Grants(Collection<AclEntry> entries) {
    this.entries = List.copyOf(entries);
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
    Set<AclEntry> left = new LinkedHashSet<>(some);
    while (!left.isEmpty()) {
      List<AclEntry> ready =
          left.stream().filter(entry -> left.stream().noneMatch(o -> enables(o, entry))).toList();
      // a circle cannot be granted; whoever forged one gets it refused by the server
      List<AclEntry> next = ready.isEmpty() ? List.copyOf(left) : ready;
      ordered.addAll(next);
      next.forEach(left::remove);
    }
    return ordered;
  }

  /** Some of the entries, each before those that its grantor needs. */
  List<AclEntry> granteesFirst(Collection<AclEntry> some) {
    List<AclEntry> ordered = new ArrayList<>(grantorsFirst(some));
    Collections.reverse(ordered);
    return ordered;
  }

  /** These entries and all that were granted by virtue of them. */
  Set<AclEntry> withDependents(Collection<AclEntry> some) {
    Set<AclEntry> all = new LinkedHashSet<>(some);
    boolean grown = true;
    while (grown) {
      grown =
          all.addAll(
              entries.stream()
                  .filter(entry -> all.stream().anyMatch(other -> enables(other, entry)))
                  .toList());
    }
    return all;
  }

  private static boolean enables(AclEntry one, AclEntry other) {
    return one != other
        && one.grantable()
        && one.grantee() == other.grantor()
        && one.grantee() != one.grantor();
  }
}
