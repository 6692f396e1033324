package io.github.pgkill.campaign;

import io.github.pgkill.campaign.DatabaseImage.Privilege;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What must be after a round: all that was there before, with what the administrator did to it; and
 * only what a build was told to drop may be gone, and only to something that took its place.
 */
final class Expectation {

  /** Each database as it was and became, in that order. */
  private final Map<Long, List<DatabaseImage>> histories = new HashMap<>();

  private final SortedMap<Long, DatabaseImage> expected = new TreeMap<>();
  private final Map<Long, Set<String>> names = new HashMap<>();
  private final Map<Long, String> namesOfNewOnes = new HashMap<>();
  private final List<Order> orders;
  private final List<Report> reports;
  private final boolean changesSurviveRecreation;

  Expectation(
      SortedMap<Long, DatabaseImage> before,
      List<Effect> effects,
      List<Order> orders,
      List<Report> reports,
      Set<Kind> kinds) {
    this.orders = orders;
    this.reports = reports;
    this.changesSurviveRecreation = kinds.contains(Kind.RECREATION_KEEPS_CHANGES);
    before.values().forEach(this::add);
    effects.forEach(this::apply);
  }

  private void add(DatabaseImage image) {
    expected.put(image.oid(), image);
    histories.computeIfAbsent(image.oid(), unused -> new ArrayList<>()).add(image);
    names.computeIfAbsent(image.oid(), unused -> new HashSet<>()).add(image.name());
  }

  private void apply(Effect effect) {
    if (effect instanceof Effect.Created created) {
      add(created.image());
      return;
    }
    DatabaseImage image = expected.get(effect.oid());
    if (image == null) {
      if (effect instanceof Effect.Renamed renamed) {
        namesOfNewOnes.put(renamed.oid(), renamed.name());
      }
      return;
    }
    if (effect instanceof Effect.Dropped) {
      expected.remove(image.oid());
      return;
    }
    add(changed(image, effect));
  }

  private static DatabaseImage changed(DatabaseImage image, Effect effect) {
    if (effect instanceof Effect.Renamed renamed) {
      return image.named(renamed.name());
    }
    if (effect instanceof Effect.Limit limit) {
      return image.limited(limit.limit());
    }
    if (effect instanceof Effect.Comment comment) {
      return image.commented(comment.hex());
    }
    Effect.Privileges privileges = (Effect.Privileges) effect;
    Map<Privilege, Boolean> acl = new HashMap<>(image.acl());
    privileges
        .added()
        .forEach((privilege, option) -> acl.merge(privilege, option, Boolean::logicalOr));
    acl.keySet().removeAll(privileges.removed());
    return image.privileged(acl);
  }

  /** What should be there of that database; nothing when the administrator dropped it. */
  Optional<DatabaseImage> of(long oid) {
    return Optional.ofNullable(expected.get(oid));
  }

  /** Those that are not as they should be, and bear no record of why. */
  List<String> closedWithoutRecord(Collection<DatabaseImage> now) {
    List<String> faults = new ArrayList<>();
    for (DatabaseImage image : now) {
      DatabaseImage should = expected.get(image.oid());
      boolean excused =
          should == null
              || image.recorded()
              || retired(image)
              || mayBeGone(should) && image.invalid();
      if (!excused && !should.differences(image).isEmpty()) {
        faults.add(describe("changed, and without a record", should, should.differences(image)));
      }
    }
    return faults;
  }

  private static boolean retired(DatabaseImage image) {
    return image.name().startsWith("pgkill_old_");
  }

  static boolean temporary(DatabaseImage image) {
    return image.name().matches("pgkill_(new|old)_[0-9a-f_]+");
  }

  /** All that is not as it should be. */
  List<String> faults(SortedMap<Long, DatabaseImage> now) {
    List<String> faults = new ArrayList<>();
    for (DatabaseImage should : expected.values()) {
      DatabaseImage is = now.get(should.oid());
      if (is != null && !(is.invalid() && mayBeGone(should))) {
        List<String> differences = should.differences(is);
        if (!differences.isEmpty()) {
          faults.add(describe("differs", should, differences));
        }
      } else if (!mayBeGone(should)) {
        faults.add(describe("is gone, and no build was told to drop it", should, List.of()));
      } else if (mustBeReplaced(should) && replacement(should, now).isEmpty()) {
        faults.add(describe("is gone, and nothing took its place", should, List.of()));
      }
    }
    for (DatabaseImage is : now.values()) {
      if (!expected.containsKey(is.oid())) {
        newcomer(is, now).ifPresent(faults::add);
      }
    }
    faults.addAll(saidAndNotSo(now));
    return faults;
  }

  /** What is wrong with a database that is new. */
  private Optional<String> newcomer(DatabaseImage is, SortedMap<Long, DatabaseImage> now) {
    Optional<DatabaseImage> replaced =
        expected.values().stream()
            .filter(should -> !now.containsKey(should.oid()))
            .filter(this::mayBeReplaced)
            .filter(should -> is.name().equals(nameOf(is, should)))
            .findFirst();
    if (replaced.isEmpty()) {
      return Optional.of(describe("was made, and nobody knows why", is, List.of()));
    }
    DatabaseImage should = replaced.get().replacedBy(is.oid()).named(is.name());
    if (should.differences(is).isEmpty()) {
      return Optional.empty();
    }
    if (!changesSurviveRecreation && partly(histories.get(replaced.get().oid()), is)) {
      return Optional.empty();
    }
    return Optional.of(describe("is not the like of the old one", is, should.differences(is)));
  }

  /** Whether each property is what it was at some moment; privileges are left out. */
  private static boolean partly(List<DatabaseImage> history, DatabaseImage is) {
    Set<String> never = new HashSet<>();
    history.get(0).differences(is).forEach(difference -> never.add(property(difference)));
    for (DatabaseImage image : history) {
      List<String> differing = image.differences(is).stream().map(Expectation::property).toList();
      never.retainAll(differing);
    }
    never.removeAll(Set.of("oid", "name", "privileges", "pg_shdepend"));
    return never.isEmpty();
  }

  private static String property(String difference) {
    return difference.substring(0, difference.indexOf('\n'));
  }

  private String nameOf(DatabaseImage is, DatabaseImage replaced) {
    String renamed = namesOfNewOnes.get(is.oid());
    if (renamed != null) {
      return renamed;
    }
    return orders.stream()
        .filter(Order::recreates)
        .map(Order::database)
        .filter(names.get(replaced.oid())::contains)
        .findFirst()
        .orElse(replaced.name());
  }

  private Optional<DatabaseImage> replacement(
      DatabaseImage should, SortedMap<Long, DatabaseImage> now) {
    return now.values().stream()
        .filter(is -> !expected.containsKey(is.oid()))
        .filter(is -> is.name().equals(nameOf(is, should)))
        .findFirst();
  }

  private boolean mayBeGone(DatabaseImage should) {
    return lookedAt(should, Order::drops) || lookedAt(should, Order::recreates);
  }

  private boolean mayBeReplaced(DatabaseImage should) {
    return lookedAt(should, Order::recreates);
  }

  private boolean mustBeReplaced(DatabaseImage should) {
    return mayBeReplaced(should) && !lookedAt(should, Order::drops);
  }

  /**
   * Whether one of these builds may have meant that database: by its report, which names what was
   * looked at; without one, by a name that it bore meanwhile.
   */
  private boolean lookedAt(DatabaseImage should, java.util.function.Predicate<Order> which) {
    List<Order> builds = orders.stream().filter(which).toList();
    String goal =
        which.test(new Order(List.of(Order.DROP), Map.of())) ? Order.DROP : Order.RECREATE;
    List<Report> written = reports.stream().filter(report -> report.goal().equals(goal)).toList();
    if (!builds.isEmpty() && written.size() == builds.size()) {
      return written.stream().anyMatch(report -> report.oid() == should.oid());
    }
    Set<String> borne = names.get(should.oid());
    return builds.stream().map(Order::database).anyMatch(borne::contains);
  }

  private List<String> saidAndNotSo(SortedMap<Long, DatabaseImage> now) {
    List<String> faults = new ArrayList<>();
    for (Report report : reports) {
      boolean dropping = report.goal().equals(Order.DROP) || report.goal().equals(Order.RECREATE);
      if (dropping && report.succeeded() && now.containsKey(report.oid())) {
        faults.add(report + ", and it is still there: " + now.get(report.oid()).name());
      }
    }
    return faults;
  }

  private static String describe(String what, DatabaseImage image, List<String> differences) {
    return "database \""
        + image.name()
        + "\" (oid "
        + image.oid()
        + ") "
        + what
        + differences.stream().map(d -> "\n    " + d).reduce("", String::concat);
  }
}
