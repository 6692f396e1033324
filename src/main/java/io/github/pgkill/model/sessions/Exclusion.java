package io.github.pgkill.model.sessions;

import java.util.Locale;

/** A rule that spares a session although the filters match it; the server's answer is its name. */
public enum Exclusion {
  OWN_SESSION("own session"),
  PROVIDER("provider's own session"),
  BACKUP_TOOL("backup tool"),
  EXCLUDE_SESSION_USERS("excludeSessionUsers"),
  EXCLUDE_APPLICATION_NAMES("excludeApplicationNames"),
  EXCLUDE_CLIENT_ADDRESSES("excludeClientAddresses"),
  EXCLUDE_QUERY_PATTERN("excludeQueryPattern"),
  /** The server shows it, and not what the filters ask: refused at the first look. */
  UNJUDGED("the filters cannot be judged for it"),
  WAITED_BEFORE("waited for a lock itself before"),
  HOLDS_FLYWAY_LOCK("holds Flyway's lock"),
  WORKS_FOR_FLYWAY("works for the client that holds Flyway's lock"),
  WORKS_FOR_LIQUIBASE("works for Liquibase"),
  BUILDS_INDEX("builds an index"),
  /** Only a process title tells who it is, and that could mean two: refused rather than spared. */
  AMBIGUOUS_TITLE("its title can be read in more than one way"),
  /** It was selected, and is another one in the filters' eyes by the time of its signal. */
  NO_LONGER_MATCHES("the filters match it no more");

  private final String words;

  Exclusion(String words) {
    this.words = words;
  }

  /** What programs that read a report know it by. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** It for people: the parameter, or what the session is or does. */
  public String words() {
    return words;
  }

  /** Whether {@code interruptMigrations} lifts it. */
  public boolean migration() {
    return switch (this) {
      case HOLDS_FLYWAY_LOCK, WORKS_FOR_FLYWAY, WORKS_FOR_LIQUIBASE, BUILDS_INDEX -> true;
      default -> false;
    };
  }
}
