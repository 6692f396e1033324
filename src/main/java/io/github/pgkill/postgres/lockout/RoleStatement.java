package io.github.pgkill.postgres.lockout;

import io.github.pgkill.postgres.core.Ddl;
import org.jspecify.annotations.Nullable;

/**
 * One statement of closing or opening.
 *
 * @param as the role to act as; null for our own
 * @param sql the statement
 */
public record RoleStatement(@Nullable String as, String sql) {

  /** As a person would type it. */
  public String typed() {
    return as == null ? sql + ";" : Ddl.of("SET ROLE %I; ", as) + sql + "; RESET ROLE;";
  }
}
