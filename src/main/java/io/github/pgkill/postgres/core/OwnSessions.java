package io.github.pgkill.postgres.core;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.sessions.SessionId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The sessions that this build's goals hold at the moment, by identity: an application name could
 * be carried by anybody. One build has one realm of this plugin, so that parallel modules share the
 * set.
 */
public final class OwnSessions {

  private static final Set<SessionId> OPEN = ConcurrentHashMap.newKeySet();
  private static final Set<Login> LOGINS = ConcurrentHashMap.newKeySet();

  /** A login that takes longer is not one whose session the server lists already. */
  private static final long PATIENCE_MILLIS = 5_000;

  private OwnSessions() {}

  /**
   * A connection of ours from before the server can list its session until we know who it is. Close
   * it then.
   */
  public static Login login() {
    Login login = new Login();
    LOGINS.add(login);
    return login;
  }

  /** Waits until all who are logging in now are known, or have failed. */
  public static void awaitLogins() {
    for (Login login : LOGINS) {
      login.await();
    }
  }

  /** One of our connections that is being made. */
  public static final class Login implements AutoCloseable {

    private final CountDownLatch over = new CountDownLatch(1);

    private void await() {
      try {
        over.await(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new PgkillError("interrupted while another goal was logging in", null, e);
      }
    }

    @Override
    public void close() {
      LOGINS.remove(this);
      over.countDown();
    }
  }

  public static void opened(SessionId id) {
    OPEN.add(id);
  }

  public static void closed(SessionId id) {
    OPEN.remove(id);
  }

  public static List<SessionId> open() {
    return List.copyOf(OPEN);
  }
}
