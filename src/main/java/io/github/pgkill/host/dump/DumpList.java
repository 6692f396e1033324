package io.github.pgkill.host.dump;

import io.github.pgkill.model.failure.PgkillError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code pg_restore --list} says of a dump.
 *
 * @param entries how many there are
 * @param owners for each entry with an owner: the names that its owner may have, the shortest
 *     first, because the list separates its words by blanks and names may hold blanks
 * @param serverVersion of the server that was dumped; empty where it does not say
 */
public record DumpList(int entries, List<List<String>> owners, String serverVersion) {

  private static final Pattern ENTRY = Pattern.compile("\\d+; \\d+ \\d+ (.+)");
  private static final Pattern VERSION =
      Pattern.compile("; +Dumped from database version: (\\d\\S*).*");

  /** Reads the list that was written to that file. */
  public static DumpList read(Path file) {
    try {
      // in the dump's own encoding: names in another than UTF-8 only have to stay apart
      List<String> lines =
          new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList();
      return of(lines);
    } catch (IOException e) {
      throw new PgkillError("cannot read the list of a dump (" + e + ")", null, e);
    }
  }

  static DumpList of(List<String> lines) {
    int entries = 0;
    List<List<String>> owners = new ArrayList<>();
    String version = "";
    for (String line : lines) {
      Matcher said = VERSION.matcher(line);
      if (said.matches()) {
        version = said.group(1);
      }
      Matcher entry = ENTRY.matcher(line);
      if (entry.matches()) {
        entries++;
        // without an owner the line ends in a blank
        if (!line.endsWith(" ")) {
          owners.add(endings(entry.group(1)));
        }
      }
    }
    return new DumpList(entries, owners.stream().distinct().toList(), version);
  }

  private static List<String> endings(String text) {
    List<String> endings = new ArrayList<>();
    for (int blank = text.lastIndexOf(' '); blank >= 0; blank = text.lastIndexOf(' ', blank - 1)) {
      endings.add(text.substring(blank + 1));
    }
    return List.copyOf(endings);
  }
}
