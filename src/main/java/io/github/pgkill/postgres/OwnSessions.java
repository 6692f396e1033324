package io.github.pgkill.postgres;

import io.github.pgkill.model.SessionId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sessions that this build's goals hold at the moment, by identity: an application name could
 * be carried by anybody. One build has one realm of this plugin, so that parallel modules share the
 * set.
 */
final class OwnSessions {

  private static final Set<SessionId> OPEN = ConcurrentHashMap.newKeySet();

  private OwnSessions() {}

  static void opened(SessionId id) {
    OPEN.add(id);
  }

  static void closed(SessionId id) {
    OPEN.remove(id);
  }

  static List<SessionId> open() {
    return List.copyOf(OPEN);
  }
}
