package io.github.pgkill.model.host;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the build itself does while the database is closed.
 *
 * @param before done once the database is closed, before anybody is terminated
 * @param after done once the sessions are gone, before the database is opened again
 */
public record BuildSteps(List<BuildStep> before, List<BuildStep> after) {

  public static final BuildSteps NONE = new BuildSteps(List.of(), List.of());

  public BuildSteps {
    before = List.copyOf(before);
    after = List.copyOf(after);
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return before.isEmpty() && after.isEmpty();
  }

  /** How long they may take, all together. */
  public Duration longest() {
    return Stream.concat(before.stream(), after.stream())
        .map(BuildStep::timeout)
        .reduce(Duration.ZERO, Duration::plus);
  }

  /** Those that must be let into the database to clear. */
  public List<BuildStep> inTarget() {
    return Stream.concat(before.stream(), after.stream())
        .filter(s -> s instanceof BuildStep.Sql sql && sql.place() == BuildStep.Place.TARGET)
        .toList();
  }
}
