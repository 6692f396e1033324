package io.github.pgkill.model.connection;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The guard's verdict on a connection: which hosts may be dialled, and at which addresses. Has a
 * text form, because the driver hands nothing but text to the class that opens its sockets.
 *
 * @param rules one for each host of the connection
 * @param local whether all of them are this machine
 */
public record DialPlan(List<DialRule> rules, boolean local) {

  public DialPlan {
    rules = List.copyOf(rules);
  }

  /** Writes the rules as {@code host=block,block host=block=directory}. */
  public String encode() {
    return rules.stream().map(DialPlan::encode).collect(Collectors.joining(" "));
  }

  /**
   * Reads what {@link #encode()} wrote; whether the hosts are local is not part of it.
   *
   * @throws IllegalArgumentException when it is anything else
   */
  public static List<DialRule> decode(String text) {
    return Arrays.stream(text.split(" ")).map(DialPlan::decodeRule).toList();
  }

  private static String encode(DialRule rule) {
    return rule.host()
        + "="
        + rule.blocks().stream().map(AddressBlock::toString).collect(Collectors.joining(","))
        + (rule.directory() == null
            ? ""
            : "=" + URLEncoder.encode(rule.directory(), StandardCharsets.UTF_8));
  }

  private static DialRule decodeRule(String text) {
    String[] parts = text.split("=", -1);
    if (parts.length < 2 || parts.length > 3) {
      throw new IllegalArgumentException("not a dial rule: '" + text + "'");
    }
    return new DialRule(
        parts[0],
        Arrays.stream(parts[1].isEmpty() ? new String[0] : parts[1].split(","))
            .map(block -> AddressBlock.parse(block).orElseThrow(IllegalArgumentException::new))
            .toList(),
        parts.length == 2 ? null : URLDecoder.decode(parts[2], StandardCharsets.UTF_8));
  }
}
