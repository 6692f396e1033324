package io.github.pgkill.campaign;

import java.util.Map;
import java.util.TreeMap;

/** Counts what happened, for the table at the end. */
final class Tally {

  private final Map<String, Map<String, Integer>> counts = new TreeMap<>();

  synchronized void count(String what, String how) {
    count(what, how, 1);
  }

  synchronized void count(String what, String how, int times) {
    counts.computeIfAbsent(what, unused -> new TreeMap<>()).merge(how, times, Integer::sum);
  }

  synchronized int of(String what, String how) {
    return counts.getOrDefault(what, Map.of()).getOrDefault(how, 0);
  }

  /** As Markdown. */
  synchronized String table() {
    StringBuilder table = new StringBuilder("| what | counts |\n| --- | --- |\n");
    counts.forEach(
        (what, how) -> {
          table.append("| ").append(what).append(" | ");
          StringBuilder row = new StringBuilder();
          how.forEach(
              (name, times) ->
                  row.append(row.isEmpty() ? "" : ", ").append(name).append(": ").append(times));
          table.append(row).append(" |\n");
        });
    return table.toString();
  }
}
