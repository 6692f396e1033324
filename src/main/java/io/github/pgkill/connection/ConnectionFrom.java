package io.github.pgkill.connection;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.migration.FlywayConnection;
import io.github.pgkill.connection.migration.LiquibaseConnection;
import io.github.pgkill.connection.spring.SpringConnection;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/** Whose connection {@code connectionFrom} takes. */
public enum ConnectionFrom {
  /** The Flyway Maven plugin's. */
  FLYWAY(FlywayConnection::read),
  /** The Liquibase Maven plugin's. */
  LIQUIBASE(LiquibaseConnection::read),
  /** The application's own, from Spring Boot's application.properties or application.yml. */
  SPRING(SpringConnection::read);

  private final Function<BuildContext, BuildConnection> reader;

  ConnectionFrom(Function<BuildContext, BuildConnection> reader) {
    this.reader = reader;
  }

  /**
   * Reads the parameter's value: the tool's name, and behind a colon perhaps an execution's id.
   *
   * @throws InvalidParameter when it is none of the choices
   */
  public static ConnectionFrom parse(String text) {
    String name = execution(text).isEmpty() ? text : text.substring(0, text.indexOf(':'));
    return Arrays.stream(values())
        .filter(choice -> choice.name().equalsIgnoreCase(name))
        .filter(choice -> choice != SPRING || name.equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidParameter(
                    "connectionFrom",
                    "'" + text + "' is not a choice",
                    "Write flyway, liquibase or spring, or flyway:ID or liquibase:ID with the id of"
                        + " an execution."));
  }

  /** The execution that the parameter's value names. */
  public static Optional<String> execution(String text) {
    int colon = text.indexOf(':');
    return colon < 0 ? Optional.empty() : Optional.of(text.substring(colon + 1));
  }

  /** The tool's name, as users write it. */
  public String tool() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Reads the connection as the tool itself would; contacts nothing.
   *
   * @throws InvalidParameter when the build has none
   * @throws PgkillFailure when one of its files cannot be read
   */
  public BuildConnection read(BuildContext build) {
    return reader.apply(build);
  }
}
