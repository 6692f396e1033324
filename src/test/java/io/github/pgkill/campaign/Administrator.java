package io.github.pgkill.campaign;

import static io.github.pgkill.campaign.World.oneOf;
import static io.github.pgkill.campaign.World.pick;
import static io.github.pgkill.campaign.World.quoted;

import io.github.pgkill.campaign.DatabaseImage.Privilege;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who works on the same databases meanwhile, one change after the other, and knows for
 * sure what came of each: the database is looked at by object id, in the transaction that changes
 * it.
 */
final class Administrator {

  private static final String LOCK_TIMEOUT = "set lock_timeout to '8s'";

  private final World world;
  private final Tally tally;
  private final List<Action> actions = new ArrayList<>();
  private final List<Effect> effects = new ArrayList<>();
  private final List<String> story = new ArrayList<>();
  private Random random;
  private DatabaseImage target;
  private DatabaseImage partner;

  Administrator(World world, Tally tally) {
    this.world = world;
    this.tally = tally;
  }

  /** What is done within one transaction, and what of it will be true if it commits. */
  private interface Deed {
    List<Effect> in(Session session) throws SQLException;
  }

  /**
   * One change.
   *
   * @param moment when it begins, as a part of the time that the build usually takes
   * @param hold how long the transaction stays open, likewise
   * @param transaction whether it may be one
   */
  private record Action(
      Kind kind, double moment, double hold, boolean transaction, String what, Deed deed) {}

  /** Decides what to do about these databases, without doing it. */
  void plan(Set<Kind> kinds, DatabaseImage first, DatabaseImage second, Random choices) {
    target = first;
    partner = second;
    random = choices;
    for (Kind kind : kinds) {
      switch (kind) {
        case GRANTS -> times(8, () -> grants());
        case LIMITS -> times(8, () -> limit());
        case COMMENTS -> times(3, () -> comment());
        case RENAMES -> rename();
        case SWAPS -> swap();
        case NEIGHBOURS -> neighbours();
        case CLONES -> times(2, () -> copy());
        default -> {
          // not an administrator's
        }
      }
    }
    actions.sort(Comparator.comparingDouble(Action::moment));
    removeWhatCannotBeSeen();
  }

  /**
   * Granting CONNECT while the database is closed and revoking it before it is opened leaves no
   * trace: whoever opens it gives back what there was before.
   */
  private void removeWhatCannotBeSeen() {
    Set<String> granted = new HashSet<>();
    actions.removeIf(
        action -> {
          String[] words = action.what().split(" ");
          boolean connect = words[1].equals("connect");
          if (connect && words[0].equals("grant")) {
            granted.add(words[6]);
          }
          return connect && words[0].equals("revoke") && granted.contains(words[6]);
        });
  }

  private void times(int most, Runnable one) {
    for (int i = random.nextInt(most); i >= 0; i--) {
      one.run();
    }
  }

  private void add(Kind kind, String what, Deed deed) {
    boolean held = random.nextInt(4) == 0;
    double hold = held ? random.nextDouble() / 2 : 0;
    actions.add(new Action(kind, random.nextDouble() * 1.1, hold, true, what, deed));
  }

  private void grants() {
    String privilege = oneOf(random, "connect", "connect", "temporary", "create");
    String role = random.nextInt(6) == 0 ? "public" : pick(random, World.USERS);
    boolean revoke = random.nextInt(3) == 0;
    boolean option = random.nextInt(3) == 0 && !role.equals("public");
    String what =
        (revoke ? "revoke " : "grant ")
            + privilege
            + " on database %s "
            + (revoke ? "from " : "to ")
            + role
            + (revoke ? " cascade" : option ? " with grant option" : "");
    long oid = target.oid();
    add(
        Kind.GRANTS,
        what,
        session -> {
          String name = session.name(oid);
          // takes the row, so that what is read next is what is changed
          session.execute("revoke grant option for connect on database %s from public", name);
          session.requireStill(oid, name);
          Map<Privilege, Boolean> before = session.image(oid).acl();
          session.execute(what, name);
          Map<Privilege, Boolean> after = session.image(oid).acl();
          Map<Privilege, Boolean> added = new HashMap<>(after);
          added.entrySet().removeAll(before.entrySet());
          Set<Privilege> removed = new HashSet<>(before.keySet());
          removed.removeAll(after.keySet());
          return List.of(new Effect.Privileges(oid, added, removed));
        });
  }

  private void limit() {
    int limit = 3 + random.nextInt(70);
    long oid = target.oid();
    add(
        Kind.LIMITS,
        "limit " + limit,
        session -> {
          String name = session.name(oid);
          session.execute("alter database %s connection limit " + limit, name);
          session.requireStill(oid, name);
          return List.of(new Effect.Limit(oid, limit));
        });
  }

  private void comment() {
    String literal = world.comment(random);
    long oid = target.oid();
    add(
        Kind.COMMENTS,
        "comment " + literal.substring(0, Math.min(60, literal.length())),
        session -> {
          String name = session.name(oid);
          session.execute("comment on database %s is " + literal, name);
          session.requireStill(oid, name);
          return List.of(new Effect.Comment(oid, session.image(oid).comment()));
        });
  }

  private void rename() {
    String other = target.name() + "_renamed";
    String back = target.name();
    double moment = random.nextDouble();
    double hold = random.nextBoolean() ? 0 : random.nextDouble();
    actions.add(
        new Action(
            Kind.RENAMES,
            moment,
            hold,
            true,
            "rename to " + other,
            session -> session.renamed(back, other)));
    if (random.nextBoolean()) {
      actions.add(
          new Action(
              Kind.RENAMES,
              moment + random.nextDouble() / 2,
              0,
              true,
              "rename back",
              session -> session.renamed(other, back)));
    }
  }

  private void swap() {
    String one = target.name();
    String two = partner.name();
    // often begun before the build
    double moment = random.nextInt(3) == 0 ? random.nextDouble() : 0;
    double hold = random.nextDouble() * 1.3;
    actions.add(
        new Action(
            Kind.SWAPS,
            moment,
            hold,
            true,
            "swap " + one + " and " + two,
            session -> {
              List<Effect> swapped = new ArrayList<>(session.renamed(one, "campaign_between"));
              swapped.addAll(session.renamed(two, one));
              swapped.addAll(session.renamed("campaign_between", two));
              return swapped;
            }));
  }

  private void neighbours() {
    String name = "campaign_neighbour_" + random.nextInt(1_000);
    double moment = random.nextDouble();
    actions.add(
        new Action(
            Kind.NEIGHBOURS,
            moment,
            0,
            false,
            "create " + name,
            session -> {
              session.execute("create database %s", name);
              return List.of(new Effect.Created(session.image(session.oid(name))));
            }));
    if (random.nextBoolean()) {
      actions.add(
          new Action(
              Kind.NEIGHBOURS,
              moment + random.nextDouble() / 2,
              0,
              false,
              "drop " + name,
              session -> {
                long oid = session.oid(name);
                session.execute("drop database %s", name);
                return List.of(new Effect.Dropped(oid));
              }));
    }
  }

  private void copy() {
    long oid = target.oid();
    long onto = partner.oid();
    String clone = "campaign_clone_" + random.nextInt(1_000);
    if (random.nextBoolean()) {
      actions.add(
          new Action(
              Kind.CLONES,
              random.nextDouble(),
              0,
              false,
              "copy to " + clone,
              session -> {
                session.execute(
                    "create database " + quoted(clone) + " template %s", session.name(oid));
                return List.of(new Effect.Created(session.image(session.oid(clone))));
              }));
    } else {
      add(
          Kind.CLONES,
          "copy its comment onto " + partner.name(),
          session -> {
            String hex = session.image(oid).comment();
            String name = session.name(onto);
            session.execute("comment on database %s is " + literal(hex), name);
            session.requireStill(onto, name);
            return List.of(new Effect.Comment(onto, hex));
          });
    }
  }

  private static String literal(@Nullable String hex) {
    return hex == null ? "null" : World.literal(HexFormat.of().parseHex(hex));
  }

  /** Those that begin before the build does: their transactions stay open for a while. */
  boolean beginsFirst() {
    return !actions.isEmpty() && actions.get(0).moment() == 0;
  }

  boolean hasNothingToDo() {
    return actions.isEmpty();
  }

  /** Does what was decided. */
  void work(Duration whole) {
    long start = System.nanoTime();
    try (Connection connection =
        world.server().connect(Catalog.RAW, TestServer.SUPERUSER, "administrator")) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(LOCK_TIMEOUT);
      }
      for (Action action : actions) {
        long due = start + (long) (whole.toNanos() * action.moment());
        LockSupport.parkNanos(Math.max(0, due - System.nanoTime()));
        perform(action, connection, whole);
      }
    } catch (SQLException e) {
      tell("cannot work: " + e.getMessage());
    }
  }

  private void perform(Action action, Connection connection, Duration whole) throws SQLException {
    try {
      connection.setAutoCommit(!action.transaction());
      List<Effect> done = action.deed().in(new Session(connection));
      if (action.transaction()) {
        LockSupport.parkNanos((long) (whole.toNanos() * action.hold()));
        connection.commit();
      }
      committed(done);
      tally.count(action.kind().name(), "committed");
      tell(action.what() + ": " + done);
    } catch (SQLException e) {
      if (action.transaction()) {
        connection.rollback();
      }
      tally.count(action.kind().name(), "refused by the server");
      tell(action.what() + ": " + e.getMessage());
    }
  }

  private synchronized void committed(List<Effect> done) {
    effects.addAll(done);
  }

  private synchronized void tell(String line) {
    story.add("administrator: " + (line.length() > 500 ? line.substring(0, 500) + "..." : line));
  }

  /** What has been committed, in that order. */
  synchronized List<Effect> effects() {
    return List.copyOf(effects);
  }

  synchronized List<String> story() {
    return List.copyOf(story);
  }

  /** What was decided, for whoever reads of a failure. */
  List<String> intentions() {
    return actions.stream()
        .map(a -> "%s at %.2f, held for %.2f".formatted(a.what(), a.moment(), a.hold()))
        .toList();
  }

  /** A connection that knows databases by object id. */
  private record Session(Connection connection) {

    void execute(String template, String database) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(template.replace("%s", quoted(database)));
      }
    }

    /** The name that somebody would type: never one that a build has put out of the way. */
    String name(long oid) throws SQLException {
      String name = one("select datname::text from pg_database where oid = ?::bigint::oid", oid);
      if (name.startsWith("pgkill_")) {
        throw new SQLException("database " + oid + " is " + name + " by now");
      }
      return name;
    }

    long oid(String name) throws SQLException {
      return Long.parseLong(one("select oid::text from pg_database where datname = ?", name));
    }

    private String one(String sql, Object value) throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setObject(1, value);
        try (ResultSet rows = statement.executeQuery()) {
          if (!rows.next()) {
            throw new SQLException("there is no database " + value);
          }
          return rows.getString(1);
        }
      }
    }

    void requireStill(long oid, String name) throws SQLException {
      if (oid(name) != oid) {
        throw new SQLException("another database is called " + name + " now");
      }
    }

    DatabaseImage image(long oid) throws SQLException {
      DatabaseImage image = Catalog.over(connection).images().get(oid);
      if (image == null) {
        throw new SQLException("there is no database " + oid);
      }
      return image;
    }

    /** Whichever it is that bears the name by then. */
    List<Effect> renamed(String from, String to) throws SQLException {
      execute("alter database " + quoted(from) + " rename to %s", to);
      return List.of(new Effect.Renamed(oid(to), to));
    }
  }
}
