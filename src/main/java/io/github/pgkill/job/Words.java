package io.github.pgkill.job;

import io.github.pgkill.model.Session;
import java.util.List;
import java.util.stream.Collectors;

/** Small pieces of sentences. */
final class Words {

  private static final int NAMED = 5;

  private Words() {}

  /** {@code 1 session}, {@code 3 sessions}. */
  static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /** The first few sessions by pid and role. */
  static String sessions(List<Session> sessions) {
    String named =
        sessions.stream()
            .limit(NAMED)
            .map(session -> "pid " + session.pid() + " of " + session.user())
            .collect(Collectors.joining(", "));
    int more = sessions.size() - NAMED;
    return more > 0 ? named + " and " + more + " more" : named;
  }
}
