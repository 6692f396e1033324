package io.github.pgkill.model.sessions;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How a session that matched the filters ended up: exactly one of these. */
public sealed interface Outcome {

  /** The word users read in the log and in the report. */
  String word();

  /** What programs that read a report know it by. */
  default String code() {
    return word().replace(' ', '-');
  }

  /** Whether the session is certainly not there any more. */
  default boolean ended() {
    return false;
  }

  /**
   * We signalled it, and the server shows it no more.
   *
   * @param after from signal to the look that did not find it any more
   * @param by the signal its process was sent from outside the server; null where the server was
   *     asked to end it
   */
  record Gone(Duration after, @Nullable ProcessSignal by) implements Outcome {

    public Gone(Duration after) {
      this(after, null);
    }

    @Override
    public String word() {
      return "gone";
    }

    @Override
    public boolean ended() {
      return true;
    }
  }

  /** It ended by itself before a signal reached it. */
  record AlreadyGone() implements Outcome {
    @Override
    public String word() {
      return "already gone";
    }

    @Override
    public boolean ended() {
      return true;
    }
  }

  /**
   * The server would not let us signal it, or hides its identity from us.
   *
   * @param refusal why
   */
  record Refused(Refusal refusal) implements Outcome {

    /** Why, in words. */
    public String reason() {
      return refusal.reason();
    }

    /** What mends it; null where nothing does. */
    public @Nullable String remedy() {
      return refusal.remedy();
    }

    @Override
    public String word() {
      return "refused";
    }
  }

  /**
   * It was signalled and is still there.
   *
   * @param after from signal to the last look
   */
  record Survived(Duration after) implements Outcome {
    @Override
    public String word() {
      return "survived";
    }
  }

  /**
   * It matched and was spared.
   *
   * @param rule the rule that spared it
   */
  record Excluded(Exclusion rule) implements Outcome {
    @Override
    public String word() {
      return "excluded";
    }
  }
}
