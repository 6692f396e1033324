package io.github.pgkill.model.host;

import java.time.Duration;

/** Something of the build's own that is done while the database is closed. */
public sealed interface BuildStep {

  /** Which one it is, as {@code afterTerminate[2]}. */
  String name();

  /** What kind of step it is and where it comes from, without a word of its text. */
  String toShow();

  /** How long it may take. */
  Duration timeout();

  /** In which database statements run. */
  enum Place {
    /** The database to clear. */
    TARGET,
    /** Where the plugin itself is connected. */
    MAINTENANCE
  }

  /**
   * Statements of the build's own.
   *
   * @param name which step it is
   * @param source the file they come from; empty for those written in the POM
   * @param text all of them
   * @param place where they run
   * @param timeout how long they may take, all of them
   */
  record Sql(String name, String source, String text, Place place, Duration timeout)
      implements BuildStep {

    @Override
    public String toShow() {
      return source.isEmpty() ? "sql" : "sqlFile " + source;
    }
  }

  /**
   * A program of the build's own.
   *
   * @param name which step it is
   * @param command what to run
   */
  record Command(String name, HostCommand command) implements BuildStep {

    @Override
    public Duration timeout() {
      return command.timeout();
    }

    @Override
    public String toShow() {
      return "command " + command.described();
    }
  }
}
