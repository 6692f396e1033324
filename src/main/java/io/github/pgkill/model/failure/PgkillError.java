package io.github.pgkill.model.failure;

import org.jspecify.annotations.Nullable;

/**
 * Something broke outside the user's configuration: the server cannot be reached, a connection was
 * lost, a report cannot be written. Maven shows it as a build error.
 */
public non-sealed class PgkillError extends PgkillException {

  private static final long serialVersionUID = 1L;

  public PgkillError(String what, @Nullable String remedy, @Nullable Throwable cause) {
    super(what, remedy, cause);
  }
}
