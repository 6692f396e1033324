package io.github.pgkill.model.sessions;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why something may not be done, and what mends it.
 *
 * @param cause which of the known causes it is
 * @param reason in words, the server's own where those are known
 * @param remedy a sentence or a statement; null where nothing mends it
 */
public record Refusal(Cause cause, String reason, @Nullable String remedy) {

  /** Why something may not be done. */
  public enum Cause {
    /** The server hides from this role when the session began. */
    HIDDEN,
    SUPERUSER_ONLY,
    /** The session is another role's, which takes a grant. */
    OTHER_ROLE,
    OWNER_ONLY,
    /** It takes an attribute of the role, or a privilege. */
    PRIVILEGE,
    /** On a managed service. */
    PROVIDERS,
    /** The server said no, in its own words. */
    SERVER,
    /** A rule spares it. */
    EXCLUDED,
    NOT_SELECTED,
    /** It may be ended, and is not before it ends by itself. */
    WAIT,
    /** The process could not be proved to be that session's. */
    DOUBTFUL_PROCESS,
    AMBIGUOUS_TITLE,
    OPERATING_SYSTEM,
    /** A guard of the build's own configuration. */
    GUARD,
    /** The record of a lockout is not followed. */
    UNUSABLE_RECORD;

    /** What programs that read a report know it by. */
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** One that nothing mends. */
  public Refusal(Cause cause, String reason) {
    this(cause, reason, null);
  }

  /** All in one line: a remedy that is a sentence says why, too; a bare statement does not. */
  public String words() {
    return remedy == null ? reason : remedy.endsWith(".") ? remedy : reason + ": " + remedy;
  }
}
