package io.github.pgkill.model.failure;

import io.github.pgkill.model.text.PlainText;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one exception family. It carries what failed and what mends it as data; where it happened is
 * added at the edge, which knows the server and the goal. Neither text ever holds a secret, and
 * whatever names they repeat, each is one line.
 */
public abstract sealed class PgkillException extends RuntimeException
    permits PgkillFailure, PgkillError {

  private static final long serialVersionUID = 1L;

  private final @Nullable String remedy;

  PgkillException(String what, @Nullable String remedy, @Nullable Throwable cause) {
    super(PlainText.line(what), cause);
    this.remedy = remedy == null ? null : PlainText.line(remedy);
  }

  /** The one command or setting that mends it, a sentence of its own. */
  public Optional<String> remedy() {
    return Optional.ofNullable(remedy);
  }
}
