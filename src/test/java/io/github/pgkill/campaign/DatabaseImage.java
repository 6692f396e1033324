package io.github.pgkill.campaign;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All that a database is but for its contents, so exact that two images which are equal stand for
 * the same state.
 *
 * @param acl of {@code aclexplode(coalesce(datacl, acldefault('d', datdba)))}: whether it can be
 *     granted on, by grantor, grantee and privilege
 * @param dependencies of {@code pg_shdepend}
 * @param comment its bytes in hexadecimal; null when there is none
 * @param settings its own and those of roles in it
 * @param layout encoding and locale
 */
record DatabaseImage(
    long oid,
    String name,
    long owner,
    SortedMap<Privilege, Boolean> acl,
    SortedSet<String> dependencies,
    int limit,
    boolean allowConnections,
    boolean template,
    @Nullable String comment,
    SortedSet<String> settings,
    String layout) {

  /** Roles with smaller object ids came with the server, which records no dependencies on them. */
  private static final long FIRST_ORDINARY_ROLE = 12_000;

  /** Part of the comment of a database that is closed, and of none that is not. */
  private static final String RECORD = hex("\npgkill-lockout:");

  /**
   * Who gave what to whom.
   *
   * @param grantee 0 for PUBLIC
   */
  record Privilege(long grantor, long grantee, String name) implements Comparable<Privilege> {
    @Override
    public int compareTo(Privilege other) {
      return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
      return name + " by " + grantor + " to " + grantee;
    }
  }

  static String hex(String text) {
    return java.util.HexFormat.of()
        .formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  boolean recorded() {
    return comment != null && comment.contains(RECORD);
  }

  /** What dropping it was interrupted has left: it can only be dropped. */
  boolean invalid() {
    return limit == -2;
  }

  DatabaseImage named(String other) {
    return new DatabaseImage(
        oid,
        other,
        owner,
        acl,
        dependencies,
        limit,
        allowConnections,
        template,
        comment,
        settings,
        layout);
  }

  DatabaseImage limited(int other) {
    return new DatabaseImage(
        oid,
        name,
        owner,
        acl,
        dependencies,
        other,
        allowConnections,
        template,
        comment,
        settings,
        layout);
  }

  DatabaseImage commented(@Nullable String other) {
    return new DatabaseImage(
        oid,
        name,
        owner,
        acl,
        dependencies,
        limit,
        allowConnections,
        template,
        other,
        settings,
        layout);
  }

  /** The same with other privileges, and with what the server records about them. */
  DatabaseImage privileged(Map<Privilege, Boolean> other) {
    SortedMap<Privilege, Boolean> valid = rooted(other);
    SortedSet<String> roles = new TreeSet<>();
    if (owner >= FIRST_ORDINARY_ROLE) {
      roles.add("o " + owner);
    }
    for (Privilege privilege : valid.keySet()) {
      for (long role : new long[] {privilege.grantor(), privilege.grantee()}) {
        if (role != owner && role >= FIRST_ORDINARY_ROLE) {
          roles.add("a " + role);
        }
      }
    }
    return new DatabaseImage(
        oid,
        name,
        owner,
        valid,
        roles,
        limit,
        allowConnections,
        template,
        comment,
        settings,
        layout);
  }

  /** Without privileges whose grantor may not grant them any more. */
  private SortedMap<Privilege, Boolean> rooted(Map<Privilege, Boolean> all) {
    SortedMap<Privilege, Boolean> rooted = new TreeMap<>();
    boolean more = true;
    while (more) {
      more = false;
      for (Map.Entry<Privilege, Boolean> entry : all.entrySet()) {
        Privilege privilege = entry.getKey();
        if (!rooted.containsKey(privilege) && mayGrant(rooted, privilege)) {
          rooted.put(privilege, entry.getValue());
          more = true;
        }
      }
    }
    return rooted;
  }

  private boolean mayGrant(SortedMap<Privilege, Boolean> rooted, Privilege wanted) {
    return wanted.grantor() == owner
        || rooted.entrySet().stream()
            .anyMatch(
                entry ->
                    entry.getValue()
                        && entry.getKey().grantee() == wanted.grantor()
                        && entry.getKey().name().equals(wanted.name()));
  }

  /** How the other one differs from this, which is what should be; empty when it does not. */
  List<String> differences(DatabaseImage other) {
    List<String> found = new ArrayList<>();
    compare(found, "oid", oid, other.oid);
    compare(found, "name", name, other.name);
    compare(found, "owner", owner, other.owner);
    compare(found, "privileges", acl, other.acl);
    compare(found, "pg_shdepend", dependencies, other.dependencies);
    compare(found, "connection limit", limit, other.limit);
    compare(found, "allow connections", allowConnections, other.allowConnections);
    compare(found, "template", template, other.template);
    compare(found, "comment", readable(comment), readable(other.comment));
    compare(found, "settings", settings, other.settings);
    compare(found, "layout", layout, other.layout);
    return found;
  }

  private static @Nullable String readable(@Nullable String hex) {
    return hex == null
        ? null
        : hex
            + " ("
            + new String(
                java.util.HexFormat.of().parseHex(hex), java.nio.charset.StandardCharsets.UTF_8)
            + ")";
  }

  private static void compare(
      List<String> found, String what, @Nullable Object expected, @Nullable Object actual) {
    if (!Objects.equals(expected, actual)) {
      found.add(what + "\n      should be " + expected + "\n      but is    " + actual);
    }
  }

  /** The same but for object id: what takes its place when it is recreated. */
  DatabaseImage replacedBy(long otherOid) {
    return new DatabaseImage(
        otherOid,
        name,
        owner,
        acl,
        dependencies,
        limit,
        allowConnections,
        template,
        comment,
        settings,
        layout);
  }
}
