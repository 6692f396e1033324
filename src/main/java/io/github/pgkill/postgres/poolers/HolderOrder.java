package io.github.pgkill.postgres.poolers;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.poolers.PausedAlias;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the process that holds the pauses is told to begin with, by its standard input: which
 * aliases of which consoles, for how long at most, and how to get there.
 *
 * @param aliases by the console that they are paused at
 * @param bound after which the pauses end, counted from the first
 */
public record HolderOrder(Map<ConsoleLogin, List<String>> aliases, Duration bound) {

  private static final String CONSOLE = "console";
  private static final String PROPERTY = "property";
  private static final String ALIAS = "alias";
  private static final String BOUND = "bound";

  public HolderOrder {
    aliases = new LinkedHashMap<>(aliases);
  }

  /** The order for these aliases. */
  public static HolderOrder of(
      ConnectionSettings settings, DialPlan plan, List<PausedAlias> paused, Duration bound) {
    Map<ConsoleLogin, List<String>> aliases = new LinkedHashMap<>();
    for (HostAddress console : settings.poolers().consoles()) {
      List<String> there =
          paused.stream().filter(alias -> alias.isAt(console)).map(PausedAlias::alias).toList();
      if (!there.isEmpty()) {
        aliases.put(ConsoleLogin.of(settings, console, plan), there);
      }
    }
    return new HolderOrder(aliases, bound);
  }

  /** The lines that say so. */
  public List<String> lines() {
    List<String> lines = new ArrayList<>();
    aliases.forEach(
        (login, names) -> {
          HostAddress at = login.console();
          lines.add(HolderWords.line(CONSOLE, at.dialled(), Integer.toString(at.port())));
          login.properties().forEach((name, value) -> lines.add(property(name, value)));
          names.forEach(name -> lines.add(HolderWords.line(ALIAS, name)));
        });
    lines.add(HolderWords.line(BOUND, Long.toString(bound.toMillis())));
    return lines;
  }

  private static String property(String name, String value) {
    return HolderWords.line(PROPERTY, name, value);
  }

  /**
   * Reads these lines.
   *
   * @throws IOException when they end too early or say anything else
   */
  static HolderOrder read(BufferedReader in) throws IOException {
    Map<ConsoleLogin, List<String>> aliases = new LinkedHashMap<>();
    HostAddress console = null;
    Map<String, String> properties = new HashMap<>();
    List<String> names = new ArrayList<>();
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      List<String> words = HolderWords.words(line);
      boolean next = words.get(0).equals(CONSOLE) || words.get(0).equals(BOUND);
      if (next && console != null) {
        aliases.put(new ConsoleLogin(console, properties), List.copyOf(names));
        properties.clear();
        names.clear();
      }
      switch (words.get(0)) {
        case CONSOLE ->
            console = new HostAddress(words.get(1), null, Integer.parseInt(words.get(2)));
        case PROPERTY -> properties.put(words.get(1), words.get(2));
        case ALIAS -> names.add(words.get(1));
        case BOUND -> {
          return new HolderOrder(aliases, Duration.ofMillis(Long.parseLong(words.get(1))));
        }
        default -> throw new IOException("not an order: " + words.get(0));
      }
    }
    throw new IOException("the order breaks off");
  }

  /** Without what is needed to get there. */
  @Override
  public String toString() {
    return "HolderOrder[" + aliases.keySet() + ", bound=" + bound + "]";
  }
}
