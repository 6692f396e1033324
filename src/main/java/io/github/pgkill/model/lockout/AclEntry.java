package io.github.pgkill.model.lockout;

import org.jspecify.annotations.Nullable;

/**
 * One privilege on a database, as {@code aclexplode} shows it.
 *
 * @param grantor role that granted it, by object id
 * @param grantee role that has it, by object id; 0 for PUBLIC
 * @param privilege {@code CONNECT}, {@code TEMPORARY} or {@code CREATE}
 * @param grantable whether the grantee may grant it on
 */
public record AclEntry(long grantor, long grantee, String privilege, boolean grantable) {

  // Written out for the reason that SessionId gives: every goal compares some.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AclEntry that
        && grantor == that.grantor
        && grantee == that.grantee
        && grantable == that.grantable
        && privilege.equals(that.privilege);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(31 * grantor + grantee) + privilege.hashCode();
  }

  /** The object id that stands for PUBLIC. */
  public static final long PUBLIC = 0;

  /** The privilege that lets a role connect. */
  public static final String CONNECT = "CONNECT";

  /** Whether it lets its grantee connect. */
  public boolean connects() {
    return privilege.equals(CONNECT);
  }
}
