package io.github.pgkill.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How far a goal has come, as the server sees it. A test that waits for a look of the goal proves
 * what it does, and what it does not do, on a slow machine, too.
 */
public final class Looks {

  /** What a goal asks to learn who of its victims is still there. */
  public static final String FOR_WHO_IS_LEFT = "Which of these identities are still there";

  /** What it asks last in a look at all sessions. */
  public static final String FOR_LOGINS = "Clients that hold a process but no session yet";

  /**
   * A look that asks one thing for the third time has been whole since the first. One more, because
   * some things are asked twice in a look.
   */
  private static final int TIMES = 4;

  private static final int PATIENCE_SECONDS = 30;

  private Looks() {}

  /** Returns when a session of the plugin asks that, or has asked it last. */
  public static void begun(TestServer server, String statement) {
    try (Connection observer = server.connect(TestServer.SUPERUSER, TestServer.SUPERUSER)) {
      Eventually.within(
          PATIENCE_SECONDS,
          () ->
              !TestServer.ask(
                      observer,
                      "select 1 from pg_stat_activity"
                          + " where application_name = 'pgkill' and strpos(query, ?) > 0",
                      statement)
                  .isEmpty());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Returns when every session of the plugin that looks has had a whole look, from beginning to
   * end, at how things are now. A test sees one statement or two of each look, never all: so a
   * statement that comes again tells that a look has passed. A session that asks nothing meanwhile
   * does not look.
   */
  public static void pass(TestServer server) {
    Map<String, Map<String, Set<String>>> asked = new HashMap<>();
    try (Connection observer = server.connect(TestServer.SUPERUSER, TestServer.SUPERUSER)) {
      Eventually.within(PATIENCE_SECONDS, () -> passed(observer, asked));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean passed(Connection observer, Map<String, Map<String, Set<String>>> asked)
      throws SQLException {
    for (String row :
        TestServer.ask(
            observer,
            "select concat_ws(' ', pid, md5(query), extract(epoch from query_start))"
                + " from pg_stat_activity where application_name = 'pgkill'")) {
      String[] part = row.split(" ");
      asked
          .computeIfAbsent(part[0], session -> new HashMap<>())
          .computeIfAbsent(part[1], statement -> new HashSet<>())
          .add(part[2]);
    }
    List<Map<String, Set<String>>> looking =
        asked.values().stream().filter(Looks::askedMore).toList();
    return !looking.isEmpty()
        && looking.stream().allMatch(s -> s.values().stream().anyMatch(at -> at.size() >= TIMES));
  }

  private static boolean askedMore(Map<String, Set<String>> statements) {
    return statements.values().stream().mapToInt(Set::size).sum() > 1;
  }
}
