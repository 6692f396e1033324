package io.github.pgkill.testing;

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

  /** No look has more statements: after twice as many, one look has been whole. */
  private static final int STATEMENTS = 8;

  private static final int PATIENCE_SECONDS = 30;

  private Looks() {}

  /** Returns when a session of the plugin asks that, or has asked it last. */
  public static void begun(TestServer server, String statement) {
    Eventually.within(
        PATIENCE_SECONDS,
        () ->
            !server
                .query(
                    "select 1 from pg_stat_activity"
                        + " where application_name = 'pgkill' and strpos(query, ?) > 0",
                    statement)
                .isEmpty());
  }

  /**
   * Returns when every session of the plugin has had a whole look, from beginning to end, at how
   * things are now.
   */
  public static void pass(TestServer server) {
    Map<String, Set<String>> statements = new HashMap<>();
    Eventually.within(
        PATIENCE_SECONDS,
        () -> {
          List<String> now =
              server.query(
                  "select pid || ' ' || query_start from pg_stat_activity"
                      + " where application_name = 'pgkill'");
          boolean all = !now.isEmpty();
          for (String statement : now) {
            String session = statement.substring(0, statement.indexOf(' '));
            Set<String> seen = statements.computeIfAbsent(session, key -> new HashSet<>());
            seen.add(statement);
            all &= seen.size() > 2 * STATEMENTS;
          }
          return all;
        });
  }
}
