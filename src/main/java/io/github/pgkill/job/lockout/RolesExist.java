package io.github.pgkill.job.lockout;

import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.value.NearestName;
import io.github.pgkill.postgres.core.Server;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a role that does not exist where roles are to get in or to be shut out: a typo there
 * would admit or shut out nobody, and say nothing.
 */
public final class RolesExist implements Phase<Nothing> {

  private final Server server;
  private final Set<String> admitted;
  private final List<String> revokedFrom;

  public RolesExist(Server server, Closing closing) {
    this(server, closing, List.of());
  }

  /**
   * @param closing how the database is closed; null to leave it as it is
   * @param admitRoles roles of this build, whether or not it closes the database
   */
  public RolesExist(Server server, @Nullable Closing closing, List<String> admitRoles) {
    this.server = server;
    this.admitted = new LinkedHashSet<>(admitRoles);
    List<String> from = null;
    if (closing != null) {
      admitted.addAll(closing.admitRoles());
      from = closing.revokeFrom();
    }
    this.revokedFrom = from == null ? List.of() : List.copyOf(from);
  }

  @Override
  public Nothing check() {
    if (!admitted.isEmpty() || !revokedFrom.isEmpty()) {
      List<String> there = server.roleNames();
      admitted.forEach(role -> require("admitRoles", role, there));
      revokedFrom.stream()
          .filter(role -> !role.equalsIgnoreCase("PUBLIC"))
          .forEach(role -> require("revokeFrom", role, there));
    }
    return Nothing.NOTHING;
  }

  private static void require(String parameter, String role, List<String> there) {
    if (!there.contains(role)) {
      throw new InvalidParameter(
          parameter,
          "there is no role " + role + " on this server",
          NearestName.of(role, there)
              .map(nearest -> "Did you mean " + nearest + "?")
              .orElse("Name roles that exist there."));
    }
  }

  @Override
  public void run(Nothing plan) {
    // only refuses
  }
}
