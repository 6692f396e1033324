package io.github.pgkill.job.lockout;

import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.lockout.ConnectingRole;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Chooses how to close a database when the user leaves it to us: the weakest way that stops every
 * role seen connecting, and never one that shuts out what must get in meanwhile.
 */
final class ClosingPolicy {

  private final List<Session> seen;
  private final Set<String> bypassRevoke;
  private final boolean nothingNeedsToGetIn;

  /**
   * @param seen the sessions that are to stay out
   * @param stillGetIn the roles that would still get in after a revocation
   * @param closing what the user wants
   * @param connectedToTarget whether our own connection is to that database
   */
  ClosingPolicy(
      List<Session> seen,
      List<ConnectingRole> stillGetIn,
      Closing closing,
      boolean connectedToTarget) {
    this.seen = seen;
    this.bypassRevoke = stillGetIn.stream().map(ConnectingRole::role).collect(Collectors.toSet());
    this.nothingNeedsToGetIn =
        closing.reopen() == Reopen.IMMEDIATELY
            && closing.admitRoles().isEmpty()
            && !closing.stepsMustGetIn()
            && !connectedToTarget;
  }

  /** The way to close it. */
  CloseWith choose() {
    if (notStoppedByRevoke().isEmpty() || !nothingNeedsToGetIn) {
      return CloseWith.REVOKE;
    }
    boolean superusers = seen.stream().anyMatch(Session::superuser);
    return superusers ? CloseWith.ALLOW_CONNECTIONS : CloseWith.CONNECTION_LIMIT;
  }

  /** Roles of sessions in the way that a revocation does not keep out. */
  Set<String> notStoppedByRevoke() {
    Set<String> roles = new TreeSet<>();
    for (Session session : seen) {
      if (session.user() != null && bypassRevoke.contains(session.user())) {
        roles.add(session.user());
      }
    }
    return roles;
  }
}
