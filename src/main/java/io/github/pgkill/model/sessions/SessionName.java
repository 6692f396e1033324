package io.github.pgkill.model.sessions;

import org.jspecify.annotations.Nullable;

/** How every line names a session. */
public final class SessionName {

  private SessionName() {}

  /**
   * {@code pid 4711 of app/psql}.
   *
   * @param role who logged in, or what kind of process it is; null where that is not known
   * @param application its name as it gives it; null where that is not known
   */
  public static String of(int pid, @Nullable String role, @Nullable String application) {
    return "pid "
        + pid
        + (role == null ? "" : " of " + role)
        + (application == null || application.isBlank() ? "" : "/" + application);
  }
}
