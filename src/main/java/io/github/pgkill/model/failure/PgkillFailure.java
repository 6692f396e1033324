package io.github.pgkill.model.failure;

import org.jspecify.annotations.Nullable;

/**
 * Something the user can act on: a bad parameter, a guard rail, a missing privilege, sessions left
 * over. Maven shows it as a build failure.
 */
public non-sealed class PgkillFailure extends PgkillException {

  private static final long serialVersionUID = 1L;

  public PgkillFailure(String what, @Nullable String remedy) {
    super(what, remedy, null);
  }

  public PgkillFailure(String what, @Nullable String remedy, @Nullable Throwable cause) {
    super(what, remedy, cause);
  }
}
