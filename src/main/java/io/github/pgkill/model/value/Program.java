package io.github.pgkill.model.value;

import io.github.pgkill.model.failure.InvalidParameter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A program, told by its sessions.
 *
 * @param names what its sessions call themselves
 * @param pids backends of its sessions
 */
public record Program(List<NamePattern> names, List<Integer> pids) {

  public Program {
    names = List.copyOf(names);
    pids = List.copyOf(pids);
  }

  /** One that calls itself one of these. */
  public static Program named(List<NamePattern> names) {
    return new Program(names, List.of());
  }

  /**
   * Reads application names, exact or between slashes, and process ids.
   *
   * @throws InvalidParameter when one is none of these
   */
  public static Program parse(String parameter, List<String> values) {
    List<NamePattern> names = new ArrayList<>();
    List<Integer> pids = new ArrayList<>();
    for (String value : values) {
      if (value.matches("-?\\d+")) {
        pids.add(pid(parameter, value));
      } else {
        names.add(NamePattern.parse(parameter, value));
      }
    }
    return new Program(names, pids);
  }

  private static int pid(String parameter, String text) {
    if (!text.matches("[1-9]\\d{0,8}")) {
      throw new InvalidParameter(
          parameter,
          "'" + text + "' is not a process id",
          "Take one from the pid column of pgkill:list-sessions, or write a name as a regular"
              + " expression: /^"
              + text
              + "$/.");
    }
    return Integer.parseInt(text);
  }

  @Override
  public String toString() {
    List<String> words = names.stream().map(NamePattern::toString).collect(Collectors.toList());
    pids.forEach(pid -> words.add("pid " + pid));
    return String.join(" or ", words);
  }
}
