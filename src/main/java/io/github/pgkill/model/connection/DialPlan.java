package io.github.pgkill.model.connection;

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

  /** Writes the rules as {@code host=block,block host=block}. */
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
        + rule.blocks().stream().map(AddressBlock::toString).collect(Collectors.joining(","));
  }

  private static DialRule decodeRule(String text) {
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw new IllegalArgumentException("not a dial rule: '" + text + "'");
    }
    String blocks = text.substring(equals + 1);
    return new DialRule(
        text.substring(0, equals),
        Arrays.stream(blocks.isEmpty() ? new String[0] : blocks.split(","))
            .map(block -> AddressBlock.parse(block).orElseThrow(IllegalArgumentException::new))
            .toList());
  }
}
