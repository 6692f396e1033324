package io.github.pgkill.maven.goal;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.prepared.PreparedRule;
import io.github.pgkill.model.value.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads the parameters that say which prepared transactions are rolled back. */
final class PreparedParameters {

  private PreparedParameters() {}

  /**
   * The rule; null where none is to be rolled back.
   *
   * @throws InvalidParameter when one of the two that belong together is missing
   */
  static @Nullable PreparedRule rule(boolean rollback, @Nullable String gid, String minAge) {
    Duration age = Durations.parse("minPreparedAge", minAge);
    if (!rollback) {
      if (gid != null) {
        throw new InvalidParameter(
            "preparedGid",
            "it says which prepared transactions to roll back, and nothing asks for that",
            "Add -Dpgkill.rollbackPrepared=true, or leave it out.");
      }
      return null;
    }
    if (gid == null) {
      throw new InvalidParameter(
          "rollbackPrepared",
          "it does not roll back just any prepared transaction: a branch of it may be committed"
              + " elsewhere already",
          "Say which: -Dpgkill.preparedGid=<regular expression>, such as ^order-service.");
    }
    return new PreparedRule(gid, age);
  }
}
