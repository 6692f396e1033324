package io.github.pgkill.job.outcome;

import io.github.pgkill.model.failure.PgkillFailure;
import org.jspecify.annotations.Nullable;

/** Sessions were signalled and the promise does not hold; the journal knows what became of each. */
public final class NotCleared extends PgkillFailure {

  private static final long serialVersionUID = 1L;

  public NotCleared(String what, @Nullable String remedy) {
    super(what, remedy);
  }
}
