package io.github.pgkill.postgres;

import org.jspecify.annotations.Nullable;

/**
 * One statement of closing or opening.
 *
 * @param as the role to act as; null for our own
 * @param sql the statement
 */
record Step(@Nullable String as, String sql) {

  /** As a person would type it. */
  String typed() {
    return as == null ? sql + ";" : Ddl.of("SET ROLE %I; ", as) + sql + "; RESET ROLE;";
  }
}
