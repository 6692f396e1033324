package io.github.pgkill.model.poolers;

import io.github.pgkill.model.connection.HostAddress;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An alias that is paused for a lockout, as the lockout's record keeps it. It was neither paused
 * nor disabled before: another one would have been refused.
 *
 * @param console of the pooler, {@code host:port}
 * @param alias what the pooler's clients call the database
 * @param database what the server calls it
 * @param since when it was to be paused, by the clock of the build
 * @param bound after which the pause ends by itself
 */
public record PausedAlias(
    String console, String alias, String database, Instant since, Duration bound) {

  private static final int LONGEST = 255;

  /** Its part of the record. */
  public Map<String, String> recorded() {
    Map<String, String> part = new TreeMap<>();
    part.put("console", console);
    part.put("alias", alias);
    part.put("database", database);
    part.put("before", "running");
    part.put("since", since.toString());
    part.put("bound", bound.toString());
    return part;
  }

  /** Reads such a part; empty when it is none that this version understands. */
  public static Optional<PausedAlias> read(Map<String, String> part) {
    try {
      boolean readable =
          List.of("console", "alias", "database", "since", "bound").stream()
                  .allMatch(name -> plain(part.get(name)))
              && "running".equals(part.get("before"));
      return readable
          ? Optional.of(
              new PausedAlias(
                  part.getOrDefault("console", ""),
                  part.getOrDefault("alias", ""),
                  part.getOrDefault("database", ""),
                  Instant.parse(part.getOrDefault("since", "")),
                  Duration.parse(part.getOrDefault("bound", ""))))
          : Optional.empty();
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static boolean plain(@Nullable String text) {
    return text != null
        && !text.isEmpty()
        && text.length() <= LONGEST
        && text.codePoints().noneMatch(Character::isISOControl);
  }

  /** Whether it is an alias of that console. */
  public boolean isAt(HostAddress at) {
    return console.equals(at.toString());
  }

  /** What an administrator types at that console to end the pause. */
  public String resume() {
    return "RESUME " + (alias.matches("[a-z_][a-z0-9_]*") ? alias : '"' + alias + '"') + ";";
  }

  /** The alias and where it is, as one looks for it. */
  @Override
  public String toString() {
    return alias + " at " + console;
  }
}
