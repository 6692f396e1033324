package io.github.pgkill.postgres.poolers;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** A line between a build and the process that holds its pauses: words, whatever is in them. */
public final class HolderWords {

  private HolderWords() {}

  /** The words as one line. */
  public static String line(String... words) {
    return Arrays.stream(words)
        .map(word -> URLEncoder.encode(word, StandardCharsets.UTF_8))
        .collect(Collectors.joining(" "));
  }

  /** The words of a line. */
  public static List<String> words(String line) {
    return Arrays.stream(line.split(" ", -1))
        .map(word -> URLDecoder.decode(word, StandardCharsets.UTF_8))
        .toList();
  }
}
