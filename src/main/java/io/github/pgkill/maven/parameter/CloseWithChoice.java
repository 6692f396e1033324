package io.github.pgkill.maven.parameter;

import io.github.pgkill.model.lockout.CloseWith;
import org.jspecify.annotations.Nullable;

/** What {@code closeWith} may say. */
public enum CloseWithChoice {
  AUTO,
  REVOKE,
  CONNECTION_LIMIT,
  ALLOW_CONNECTIONS,
  NONE;

  /** The way to close; null to leave the choice to us. */
  public @Nullable CloseWith closeWith() {
    return this == AUTO ? null : CloseWith.valueOf(name());
  }
}
