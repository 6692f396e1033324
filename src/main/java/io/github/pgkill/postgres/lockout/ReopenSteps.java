package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.DatabaseState;
import io.github.pgkill.model.lockout.KeptChange;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.postgres.core.Ddl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Works out the statements that undo a lockout: what we took and nobody gave back, what we gave and
 * nobody took, and nothing that somebody else has changed since.
 */
final class ReopenSteps {

  /** A forged record may name thousands. */
  private static final int MOST_TOLD = 20;

  private final LockoutRecord record;
  private final DatabaseAccess access;
  private final Map<Long, RoleInfo> roles;
  private final List<RoleStatement> steps = new ArrayList<>();
  private final List<KeptChange> kept = new ArrayList<>();

  /**
   * @param roles the roles that the record names and that still exist
   */
  ReopenSteps(LockoutRecord record, DatabaseAccess access, Map<Long, RoleInfo> roles) {
    this.record = record;
    this.access = access;
    this.roles = roles;
    if (record.closedWith() == CloseWith.CONNECTION_LIMIT) {
      limit();
    } else if (record.closedWith() == CloseWith.ALLOW_CONNECTIONS) {
      flag();
    } else {
      privileges();
    }
    if (!Objects.equals(record.comment(), access.comment())) {
      // one that somebody put there meanwhile may be bytes that we could not write
      step(
          null,
          "COMMENT ON DATABASE %I IS %L",
          access.name(),
          LockoutComment.literal(record.comment(), access.encoding()));
    }
  }

  List<RoleStatement> steps() {
    return steps;
  }

  /** What somebody else changed meanwhile and what is therefore left as it is. */
  List<KeptChange> kept() {
    if (kept.size() <= MOST_TOLD) {
      return kept;
    }
    List<KeptChange> told = new ArrayList<>(kept.subList(0, MOST_TOLD));
    told.add(new KeptChange.More(kept.size() - MOST_TOLD));
    return told;
  }

  private void limit() {
    int now = access.state().connectionLimit();
    if (now == record.after().connectionLimit()) {
      step(
          null,
          "ALTER DATABASE %I CONNECTION LIMIT %D",
          access.name(),
          record.before().connectionLimit());
    } else {
      kept.add(new KeptChange.Limit(now));
    }
  }

  private void flag() {
    if (access.state().allowConnections() == record.after().allowConnections()) {
      step(
          null,
          record.before().allowConnections()
              ? "ALTER DATABASE %I ALLOW_CONNECTIONS true"
              : "ALTER DATABASE %I ALLOW_CONNECTIONS false",
          access.name());
    } else {
      kept.add(new KeptChange.ConnectionsAllowed());
    }
  }

  private void privileges() {
    Set<AclEntry> before = connects(record.before());
    Set<AclEntry> after = connects(record.after());
    Set<AclEntry> now = Set.copyOf(access.state().connects());
    Grants grants = new Grants(before, access.state().owner());
    for (AclEntry entry : grants.grantorsFirst(Grants.minus(before, after))) {
      giveBack(entry, now);
    }
    for (AclEntry entry : Grants.minus(after, before)) {
      if (now.contains(entry)) {
        step(null, "REVOKE CONNECT ON DATABASE %I FROM %R", access.name(), name(entry.grantee()));
      } else {
        kept.add(connect(entry, KeptChange.Grant.LOST));
      }
    }
    for (AclEntry entry : Grants.minus(now, after)) {
      if (!before.contains(entry)) {
        kept.add(connect(entry, KeptChange.Grant.GOT));
      }
    }
  }

  private void giveBack(AclEntry entry, Set<AclEntry> now) {
    if (now.contains(entry)) {
      kept.add(connect(entry, KeptChange.Grant.GOT_BACK));
    } else if (gone(entry.grantee()) || gone(entry.grantor())) {
      kept.add(new KeptChange.OfDroppedRole(recorded(entry.grantee()), recorded(entry.grantor())));
    } else {
      boolean owners = entry.grantor() == access.state().owner();
      step(
          owners ? null : name(entry.grantor()),
          LockoutUndo.grant(entry),
          access.name(),
          name(entry.grantee()));
    }
  }

  /** A state's CONNECT entries; when the database changed hands, so did the old owner's. */
  private Set<AclEntry> connects(DatabaseState state) {
    return state.connects().stream()
        .map(
            entry ->
                new AclEntry(
                    heir(entry.grantor()),
                    heir(entry.grantee()),
                    entry.privilege(),
                    entry.grantable()))
        .collect(Collectors.toSet());
  }

  private long heir(long role) {
    return role == record.before().owner() ? access.state().owner() : role;
  }

  private boolean gone(long oid) {
    return oid != AclEntry.PUBLIC && name(oid) == null;
  }

  private @Nullable String name(long oid) {
    RoleInfo role = roles.get(oid);
    return role == null ? access.roleName(oid) : role.name();
  }

  private KeptChange connect(AclEntry entry, KeptChange.Grant grant) {
    long oid = entry.grantee();
    return new KeptChange.Connect(oid == AclEntry.PUBLIC ? null : String.valueOf(name(oid)), grant);
  }

  private @Nullable String recorded(long oid) {
    return oid == AclEntry.PUBLIC ? null : String.valueOf(record.roles().get(oid));
  }

  private void step(@Nullable String as, String template, @Nullable Object... values) {
    steps.add(new RoleStatement(as, Ddl.of(template, values)));
  }
}
