package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Identifiers;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Works out the statements that close a database, from who may connect to it now. */
final class CloseSteps {

  private final ClosePlan plan;
  private final DatabaseAccess access;
  private final Map<String, RoleInfo> named;

  /**
   * @param named the roles that the plan names, by name
   */
  CloseSteps(ClosePlan plan, DatabaseAccess access, Map<String, RoleInfo> named) {
    this.plan = plan;
    this.access = access;
    this.named = named;
  }

  List<RoleStatement> steps() {
    return switch (plan.closeWith()) {
      case CONNECTION_LIMIT ->
          List.of(step(null, "ALTER DATABASE %I CONNECTION LIMIT %D", access.name(), 0));
      case ALLOW_CONNECTIONS ->
          List.of(step(null, "ALTER DATABASE %I ALLOW_CONNECTIONS false", access.name()));
      case REVOKE -> revoke();
    };
  }

  /** The same for people to read, with the undo beside each. */
  List<String> rehearsed() {
    List<String> lines = new ArrayList<>();
    List<String> undos = undos();
    List<RoleStatement> steps = steps();
    for (int i = 0; i < steps.size(); i++) {
      lines.add(steps.get(i).typed() + "  -- undo: " + undos.get(i));
    }
    return lines;
  }

  private List<String> undos() {
    if (plan.closeWith() != CloseWith.REVOKE) {
      return List.of(
          plan.closeWith() == CloseWith.CONNECTION_LIMIT
              ? Ddl.of(
                  "ALTER DATABASE %I CONNECTION LIMIT %D;",
                  access.name(), access.state().connectionLimit())
              : LockoutUndo.flag(access.name(), access.state().allowConnections()));
    }
    List<String> undos = new ArrayList<>();
    Set<AclEntry> taken = taken();
    for (AclEntry entry : grants().granteesFirst(taken)) {
      String grantee = access.roleName(entry.grantee());
      undos.add(
          new RoleStatement(actor(entry), Ddl.of(LockoutUndo.grant(entry), access.name(), grantee))
              .typed());
    }
    for (String role : granted(taken)) {
      undos.add(Ddl.of("REVOKE CONNECT ON DATABASE %I FROM %R;", access.name(), role));
    }
    return undos;
  }

  private List<String> granted(Set<AclEntry> taken) {
    Set<AclEntry> kept = Grants.minus(access.state().connects(), taken);
    return plan.admitted().stream().filter(role -> needsGrant(role(role), kept)).toList();
  }

  /** The privileges that are to be gone afterwards. */
  Set<AclEntry> taken() {
    if (plan.closeWith() != CloseWith.REVOKE) {
      return Set.of();
    }
    List<AclEntry> meant = access.state().connects().stream().filter(this::meant).toList();
    return grants().withDependents(meant);
  }

  private Grants grants() {
    return new Grants(access.state().connects(), access.state().owner());
  }

  private List<RoleStatement> revoke() {
    Set<AclEntry> taken = taken();
    requireGrantors(taken);
    requireWayBack(taken);
    List<RoleStatement> steps = new ArrayList<>();
    for (AclEntry entry : grants().granteesFirst(taken)) {
      steps.add(
          step(
              actor(entry),
              "REVOKE CONNECT ON DATABASE %I FROM %R",
              access.name(),
              access.roleName(entry.grantee())));
    }
    for (String role : granted(taken)) {
      steps.add(step(null, "GRANT CONNECT ON DATABASE %I TO %R", access.name(), role));
    }
    return steps;
  }

  private boolean meant(AclEntry entry) {
    if (plan.admitted().contains(String.valueOf(access.roleName(entry.grantee())))) {
      return false;
    }
    List<String> from = plan.revokeFrom();
    if (from == null) {
      return true;
    }
    return entry.grantee() == AclEntry.PUBLIC
        ? from.stream().anyMatch("PUBLIC"::equalsIgnoreCase)
        : from.contains(access.roleName(entry.grantee()));
  }

  /** Who granted it must be the one who takes it: the owner's grants are ours to take anyway. */
  private @Nullable String actor(AclEntry entry) {
    return entry.grantor() == access.state().owner() ? null : access.roleName(entry.grantor());
  }

  private void requireGrantors(Collection<AclEntry> taken) {
    for (AclEntry entry : taken) {
      RoleInfo grantor = access.roles().get(entry.grantor());
      boolean ours = entry.grantor() == access.state().owner();
      if (!ours && (grantor == null || !grantor.mayActAs())) {
        String by = grantor == null ? "a dropped role" : Identifiers.quote(grantor.name());
        throw new PgkillFailure(
            granteeName(entry)
                + " would still get in: it has CONNECT from "
                + by
                + ", for whom this role may not act",
            "GRANT "
                + by
                + " to the role of this build, name in revokeFrom only whom it may lock out, or"
                + " close with connection-limit or allow-connections.");
      }
    }
  }

  /** Nothing is taken that could not be given back exactly. */
  private void requireWayBack(Collection<AclEntry> taken) {
    for (AclEntry entry : grants().irretrievable(taken)) {
      throw new PgkillFailure(
          "CONNECT of "
              + granteeName(entry)
              + " could not be given back as it is: its grantor has the grant option only from"
              + " that role itself",
          "Close with connection-limit or allow-connections, or mend these privileges.");
    }
  }

  private String granteeName(AclEntry entry) {
    String name = access.roleName(entry.grantee());
    return name == null ? "PUBLIC" : "role " + Identifiers.quote(name);
  }

  private static boolean needsGrant(RoleInfo role, Set<AclEntry> kept) {
    return !role.superuser() && kept.stream().noneMatch(entry -> entry.grantee() == role.oid());
  }

  private RoleInfo role(String name) {
    RoleInfo role = named.get(name);
    if (role == null) {
      throw new InvalidParameter(
          "admitRoles", "there is no role " + name, "Name roles that exist on this server.");
    }
    return role;
  }

  private static RoleStatement step(
      @Nullable String as, String template, @Nullable Object... values) {
    return new RoleStatement(as, Ddl.of(template, values));
  }
}
