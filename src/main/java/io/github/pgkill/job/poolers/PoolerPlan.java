package io.github.pgkill.job.poolers;

import io.github.pgkill.model.poolers.PausedAlias;
import io.github.pgkill.model.poolers.PoolerAlias;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What is to be paused.
 *
 * @param aliases those that lead to the database
 * @param bound after which the pause ends by itself
 * @param notes what the user may want to know
 * @param warnings what the user should act on
 */
public record PoolerPlan(
    List<Proven> aliases, Duration bound, List<String> notes, List<String> warnings) {

  /** Nothing is. */
  public static final PoolerPlan NOTHING =
      new PoolerPlan(List.of(), Duration.ZERO, List.of(), List.of());

  /**
   * An alias that leads to the database.
   *
   * @param alias as it was found
   * @param proof how that is known
   */
  public record Proven(PoolerAlias alias, String proof) {}

  public PoolerPlan {
    aliases = List.copyOf(aliases);
    notes = List.copyOf(notes);
    warnings = List.copyOf(warnings);
  }

  /** Whether there is nothing to pause. */
  public boolean isEmpty() {
    return aliases.isEmpty();
  }

  /** What the record keeps of it when it is paused now. */
  List<PausedAlias> from(Instant now) {
    return aliases.stream()
        .map(
            proven ->
                new PausedAlias(
                    proven.alias().console().toString(),
                    proven.alias().name(),
                    proven.alias().database(),
                    now,
                    bound))
        .toList();
  }
}
