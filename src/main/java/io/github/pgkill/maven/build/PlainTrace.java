package io.github.pgkill.maven.build;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.text.PlainText;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An exception as {@code -e} and {@code -X} print it, its causes too: the driver's and the system's
 * own repeat what strangers named as it is.
 */
public final class PlainTrace extends Exception {

  private static final long serialVersionUID = 1L;

  private PlainTrace(String words, @Nullable Throwable cause) {
    super(words, cause);
  }

  static PlainTrace of(Throwable error) {
    Throwable cause = error.getCause();
    PlainTrace plain =
        new PlainTrace(PlainText.line(error.toString()), cause == null ? null : of(cause));
    plain.setStackTrace(error.getStackTrace());
    Arrays.stream(error.getSuppressed()).map(PlainTrace::of).forEach(plain::addSuppressed);
    return plain;
  }

  /** The same of one of ours, whose own words are plain. */
  public static PgkillException copy(PgkillException error) {
    String words = String.valueOf(error.getMessage());
    String remedy = error.remedy().orElse(null);
    Throwable cause = error.getCause() == null ? null : of(error.getCause());
    PgkillException plain =
        error instanceof PgkillFailure
            ? new PgkillFailure(words, remedy, cause)
            : new PgkillError(words, remedy, cause);
    plain.setStackTrace(error.getStackTrace());
    Arrays.stream(error.getSuppressed()).map(PlainTrace::of).forEach(plain::addSuppressed);
    return plain;
  }

  @Override
  public String toString() {
    return String.valueOf(getMessage());
  }
}
