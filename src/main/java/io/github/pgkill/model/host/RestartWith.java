package io.github.pgkill.model.host;

import io.github.pgkill.model.failure.InvalidParameter;
import java.util.Arrays;
import java.util.stream.Collectors;

/** What restarts a server. */
public enum RestartWith {
  /** Whatever owns the running server, if that can be told. */
  AUTO("auto"),
  SYSTEMCTL("systemctl"),
  SERVICE("service"),
  BREW("brew"),
  PG_CTLCLUSTER("pg_ctlcluster"),
  PG_CTL("pg_ctl"),
  DOCKER("docker"),
  /** The REST of what keeps it as the leader of a cluster. */
  PATRONI("patroni"),
  /** A program of the user's own. */
  COMMAND("command");

  private final String word;

  RestartWith(String word) {
    this.word = word;
  }

  /** As users type it. */
  public String word() {
    return word;
  }

  /**
   * Reads a word, in any case.
   *
   * @throws InvalidParameter listing the words
   */
  public static RestartWith parse(String parameter, String text) {
    return Arrays.stream(values())
        .filter(choice -> choice.word.equalsIgnoreCase(text.trim()))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidParameter(
                    parameter,
                    "'" + text + "' is none of the choices",
                    "Write one of: "
                        + Arrays.stream(values())
                            .map(RestartWith::word)
                            .collect(Collectors.joining(", "))
                        + "."));
  }
}
