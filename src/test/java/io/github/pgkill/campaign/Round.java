package io.github.pgkill.campaign;

import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Pool;
import io.github.pgkill.testing.ProtocolProxy;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One build, or two, on a database of which everything is random, with what happens meanwhile; then
 * the next goal; then everything is compared. All choices depend on seed and number only; when
 * things happen depends on how long such builds took so far.
 */
final class Round {

  private static final int PATIENCE_SECONDS = 60;

  private final World world;
  private final Workers workers;
  private final Path reports;
  private final Set<Kind> enabled;
  private final Tally tally;
  private final Habits habits;
  private final Random random;
  private final List<String> story = Collections.synchronizedList(new ArrayList<>());
  private final List<Order> orders = new ArrayList<>();
  private final Administrator administrator;
  private String target;
  private String partner;
  private Set<Kind> kinds;
  private @Nullable Kind interruption;
  private double moment;
  private final List<String> saidInHealing = new ArrayList<>();
  private int delayMillis;

  Round(Campaign.Stage stage, long seed, int number) {
    world = stage.world();
    workers = stage.workers();
    reports = stage.directory();
    enabled = stage.kinds();
    tally = stage.tally();
    habits = stage.habits();
    random = new Random(seed * 1_000_003 + number);
    administrator = new Administrator(world, tally);
  }

  /** All that was decided and that happened, for whoever reads of a failure. */
  List<String> story() {
    List<String> whole = new ArrayList<>(story);
    whole.addAll(administrator.story());
    return whole;
  }

  /** Plays it and returns what is wrong afterwards. */
  List<String> play() throws SQLException {
    decide();
    SortedMap<Long, DatabaseImage> before = world.catalog().images();
    administrator.plan(kinds, find(before, target), find(before, partner), fork());
    story.addAll(administrator.intentions());
    List<String> faults = new ArrayList<>();
    try (Crowd crowd = new Crowd()) {
      build();
      crowd.sparedDied().ifPresent(faults::add);
    }
    faults.addAll(leftSessions());
    Expectation expectation =
        new Expectation(before, administrator.effects(), orders, Report.in(reports), enabled);
    SortedMap<Long, DatabaseImage> interim = world.catalog().images();
    faults.addAll(expectation.closedWithoutRecord(interim.values()));
    tallyInterim(interim, expectation);
    faults.addAll(heal(interim, expectation));
    removeLeftovers(faults);
    SortedMap<Long, DatabaseImage> after = world.catalog().images();
    faults.addAll(expectation.faults(after));
    faults.addAll(leftBehind());
    tally.count("databases compared", "times", after.size());
    return faults;
  }

  private Random fork() {
    return new Random(random.nextLong());
  }

  private static DatabaseImage find(SortedMap<Long, DatabaseImage> images, String name) {
    return images.values().stream().filter(i -> i.name().equals(name)).findFirst().orElseThrow();
  }

  private void decide() throws SQLException {
    List<String> names = new ArrayList<>(World.NAMES);
    Collections.shuffle(names, fork());
    target = names.get(0);
    partner = names.get(1);
    world.furnish(target, fork());
    String owner = world.owner(target);
    Orders thought = new Orders(fork());
    kinds = choose(fork());
    boolean serious = kinds.contains(Kind.SWAPS) || random.nextBoolean();
    orders.add(thought.next(target, owner, serious));
    if (kinds.contains(Kind.SWAPS) || kinds.contains(Kind.CLONES)) {
      world.furnish(partner, fork());
    }
    if (kinds.contains(Kind.BUILD_BESIDE)) {
      orders.add(thought.next(target, owner, serious));
    }
    kinds.stream().filter(Kind.INTERRUPTIONS::contains).forEach(kind -> interruption = kind);
    boolean keeps = orders.stream().anyMatch(Order::keepsClosed);
    if (interruption != null || keeps) {
      // who overwrites the record of a build that cannot write it anew has done it himself
      kinds.remove(Kind.COMMENTS);
    }
    if (interruption == Kind.SERVER_CRASH) {
      kinds.removeAll(EnumSet.complementOf(EnumSet.of(Kind.SERVER_CRASH, Kind.BUILD_BESIDE)));
    }
    moment = random.nextDouble() * 1.1;
    delayMillis = World.oneOf(random, 0, 0, 5, 15);
    orders.forEach(order -> story.add(order.toString()));
    story.add("network: " + delayMillis + " ms");
    story.add("meanwhile: " + kinds + (interruption == null ? "" : " at %.3f".formatted(moment)));
    kinds.forEach(kind -> tally.count("rounds with", kind.name()));
  }

  private Set<Kind> choose(Random choices) {
    List<Kind> interruptions = new ArrayList<>(Kind.INTERRUPTIONS);
    interruptions.retainAll(enabled);
    List<Kind> others = new ArrayList<>(enabled);
    others.removeAll(Kind.INTERRUPTIONS);
    others.removeAll(EnumSet.of(Kind.RAW_COMMENTS, Kind.LEFTOVERS, Kind.RECREATION_KEEPS_CHANGES));
    Set<Kind> chosen = EnumSet.noneOf(Kind.class);
    if (!interruptions.isEmpty() && (others.isEmpty() || choices.nextInt(10) < 6)) {
      Kind kind = World.pick(choices, interruptions);
      // takes a second: less often
      chosen.add(kind == Kind.SERVER_CRASH ? World.pick(choices, interruptions) : kind);
    }
    for (int i = choices.nextInt(3); i > 0 && !others.isEmpty(); i--) {
      chosen.add(World.pick(choices, others));
    }
    return chosen;
  }

  /** Runs the build or the builds, and lets happen what was decided. */
  private void build() throws SQLException {
    Thread beside = new Thread(() -> administrator.work(usual()));
    if (!administrator.hasNothingToDo()) {
      beside.start();
      if (administrator.beginsFirst()) {
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
    }
    List<BuildWorker> working = new ArrayList<>();
    try (ProtocolProxy proxy = ProtocolProxy.forwarding(world.server())) {
      proxy.delay(Duration.ofMillis(delayMillis));
      for (Order order : orders) {
        BuildWorker worker = workers.take();
        working.add(worker);
        boolean first = working.size() == 1;
        if (first && interruption == Kind.CUT) {
          armProxy(proxy);
        }
        worker.begin(
            order.through(first || random.nextBoolean() ? proxy.port() : world.server().port()));
      }
      long begun = System.nanoTime();
      interrupt(working.get(0));
      for (int i = 0; i < working.size(); i++) {
        Optional<String> outcome = working.get(i).outcome();
        boolean first = i == 0;
        if (first && interruption == null && outcome.isPresent()) {
          habits.learn(
              orders.get(0),
              delayMillis,
              Duration.ofNanos(System.nanoTime() - begun),
              proxy.passed());
        }
        tell(orders.get(i), working.get(i), outcome);
      }
      for (int i = 0; i < working.size(); i++) {
        dismiss(working.get(i), i == 0 ? interruption : null);
      }
    }
    join(beside);
  }

  private Duration usual() {
    return habits.duration(orders.get(0), delayMillis);
  }

  private void armProxy(ProtocolProxy proxy) {
    long bytes = (long) (habits.bytes(orders.get(0)) * moment);
    boolean dead = random.nextInt(3) == 0;
    story.add(
        "cut after " + bytes + " bytes" + (dead ? ", and nobody gets through from then on" : ""));
    if (dead) {
      proxy.closeAfter(bytes);
    } else {
      proxy.cutAfter(bytes);
    }
  }

  private void interrupt(BuildWorker worker) throws SQLException {
    if (interruption == null || interruption == Kind.CUT) {
      return;
    }
    LockSupport.parkNanos((long) (usual().toNanos() * moment));
    switch (interruption) {
      case SIGKILL -> worker.kill();
      case SIGTERM -> worker.signal("TERM");
      case SIGINT -> worker.signal("INT");
      default -> world.crash();
    }
  }

  private void tell(Order order, BuildWorker worker, Optional<String> outcome) {
    String how = outcome.map(o -> o.isEmpty() ? "succeeded" : o).orElse("ended in the middle");
    story.add(order.goals() + " " + how);
    worker.said().forEach(l -> story.add("  | " + l));
    String word = outcome.map(o -> o.isEmpty() ? "succeeded" : "failed").orElse("interrupted");
    tally.count("build: " + String.join(" ", order.goals()), word);
    if (interruption != null) {
      tally.count(interruption.name(), word);
    }
    if (how.contains("UNFORESEEN")) {
      throw new AssertionError(how + "\n" + String.join("\n", worker.said()));
    }
  }

  private void dismiss(BuildWorker worker, @Nullable Kind what) {
    if (what == null) {
      workers.giveBack(worker);
    } else if (worker.alive() && what != Kind.SIGTERM && what != Kind.SIGINT) {
      worker.close();
    } else {
      worker.awaitEnd();
    }
  }

  private List<String> leftSessions() throws SQLException {
    try {
      Eventually.within(PATIENCE_SECONDS, () -> world.catalog().sessionsOfBuilds().isEmpty());
      return List.of();
    } catch (AssertionError e) {
      return List.of("sessions of a build are left: " + world.catalog().sessionsOfBuilds());
    }
  }

  private void tallyInterim(SortedMap<Long, DatabaseImage> interim, Expectation expectation) {
    for (DatabaseImage image : interim.values()) {
      if (Expectation.temporary(image)) {
        tally.count("found before healing", "temporary database");
      } else if (image.invalid()) {
        tally.count("found before healing", "invalid database");
      } else if (image.recorded() && expectation.of(image.oid()).isPresent()) {
        tally.count("found before healing", "closed with a record");
      }
    }
  }

  /** The next goal, then one that opens all that is left. */
  private List<String> heal(SortedMap<Long, DatabaseImage> interim, Expectation expectation)
      throws SQLException {
    List<String> faults = new ArrayList<>();
    Optional<DatabaseImage> closed =
        interim.values().stream()
            .filter(image -> image.recorded() && expectation.of(image.oid()).isPresent())
            .filter(image -> expectation.of(image.oid()).get().allowConnections())
            .findFirst();
    if (closed.isPresent() && random.nextBoolean()) {
      faults.addAll(byTheNextGoal(closed.get(), expectation));
    }
    BuildWorker worker = workers.take();
    worker.begin(Order.restoreAll().through(world.server().port()));
    String outcome = worker.outcome().orElse("it died");
    story.add("restore-connect * " + (outcome.isEmpty() ? "succeeded" : outcome));
    worker.said().forEach(l -> story.add("  | " + l));
    saidInHealing.addAll(worker.said());
    boolean strangeRecords = kinds.contains(Kind.CLONES);
    tally.count("healed by", "restore-connect *");
    if (!outcome.isEmpty() && !strangeRecords) {
      faults.add("restore-connect * failed: " + outcome);
    }
    workers.giveBack(worker);
    faults.addAll(leftSessions());
    return faults;
  }

  private List<String> byTheNextGoal(DatabaseImage closed, Expectation expectation)
      throws SQLException {
    Order next =
        new Order(
            List.of("terminate"),
            java.util.Map.of("database", closed.name(), "user", "postgres", "timeout", "12s"));
    BuildWorker worker = workers.take();
    worker.begin(next.through(world.server().port()));
    String outcome = worker.outcome().orElse("it died");
    story.add("the next goal, terminate, " + (outcome.isEmpty() ? "succeeded" : outcome));
    worker.said().forEach(l -> story.add("  | " + l));
    workers.giveBack(worker);
    tally.count("healed by", "terminate");
    boolean toStay = orders.stream().anyMatch(Order::keepsClosed);
    DatabaseImage now = world.catalog().images().get(closed.oid());
    if (toStay || !outcome.isEmpty() || now == null) {
      return List.of();
    }
    List<String> differences = expectation.of(closed.oid()).orElseThrow().differences(now);
    return differences.isEmpty()
        ? List.of()
        : List.of("the next goal succeeded, and did not open what was closed: " + differences);
  }

  /**
   * What a dead build left: the next goal should have removed it, if that is asked for, or at least
   * named it when it holds what a database held before.
   */
  private void removeLeftovers(List<String> faults) throws SQLException {
    for (DatabaseImage image : world.catalog().images().values()) {
      if (Expectation.temporary(image)) {
        boolean named =
            image.name().startsWith("pgkill_old_")
                && saidInHealing.stream().anyMatch(line -> line.contains(image.name()));
        if (enabled.contains(Kind.LEFTOVERS) && !named) {
          faults.add("left behind: " + image);
        }
        tally.count("removed by hand", "temporary databases");
        world.drop(image);
      }
    }
  }

  private List<String> leftBehind() throws SQLException {
    List<String> faults = new ArrayList<>();
    List<String> locks = world.catalog().advisoryLocks();
    if (!locks.isEmpty()) {
      faults.add("advisory locks are left: " + locks);
    }
    if (interruption != Kind.SERVER_CRASH && !world.bystanderLives()) {
      faults.add("a session of database " + World.BYSTANDER + " was ended");
    }
    List<Path> unfinished = Report.files(reports, ".tmp");
    if (!unfinished.isEmpty()) {
      tally.count("removed by hand", ".tmp files", unfinished.size());
      if (enabled.contains(Kind.LEFTOVERS)) {
        faults.add("left behind: " + unfinished);
      }
    }
    Report.files(reports, "").forEach(Round::delete);
    return faults;
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Those who are in the way, and one whom nobody selects. */
  private final class Crowd implements AutoCloseable {

    private final StubbornClients clients = StubbornClients.of(world.server(), target);
    private final StubbornClients.Client spared;
    private final Pool pool;

    Crowd() throws SQLException {
      Random choices = fork();
      int kind = choices.nextInt(6);
      String role = choices.nextBoolean() ? TestServer.SUPERUSER : World.pick(choices, World.USERS);
      boolean renaming = kinds.stream().anyMatch(Kind.RENAMING::contains);
      boolean empty = renaming || kind == 0 || !letsIn(role);
      boolean filtered =
          orders.size() == 1
              && orders.get(0).properties().containsKey("applicationNames")
              && interruption != Kind.SERVER_CRASH;
      story.add("sessions: " + (empty ? "none" : "kind " + kind + " of " + role));
      spared =
          filtered && !renaming && letsIn("postgres")
              ? clients.as(TestServer.SUPERUSER, "spared").idle()
              : null;
      pool = !empty && kind == 5 ? Pool.start(world.server(), target, role, "t", 2) : null;
      if (!empty) {
        enter(clients.as(role, "stubborn"), kind);
      }
    }

    private void enter(StubbornClients visitors, int kind) throws SQLException {
      switch (kind) {
        case 1 -> visitors.idle(3);
        case 2 -> visitors.idleInTransaction();
        case 3 -> visitors.active();
        case 4 -> visitors.storm(1);
        default -> {
          // the pool is there
        }
      }
    }

    /** Not where the limit would let in some and not all. */
    private boolean letsIn(String role) throws SQLException {
      List<String> limit =
          world
              .server()
              .query("select datconnlimit::text from pg_database where datname = ?", target);
      boolean room = limit.get(0).equals("-1") || Integer.parseInt(limit.get(0)) > 20;
      try (Connection in = world.server().connect(target, role)) {
        return in.isValid(5) && (room || role.equals(TestServer.SUPERUSER));
      } catch (SQLException e) {
        return false;
      }
    }

    Optional<String> sparedDied() throws SQLException {
      if (spared == null || world.server().alive(spared.pid(), spared.backendStart())) {
        return Optional.empty();
      }
      return Optional.of("a session was ended that the filter did not select");
    }

    @Override
    public void close() throws SQLException {
      if (pool != null) {
        pool.close();
      }
      clients.close();
    }
  }
}
