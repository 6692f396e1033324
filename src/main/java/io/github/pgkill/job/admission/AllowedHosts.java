package io.github.pgkill.job.admission;

import io.github.pgkill.model.connection.AddressBlock;
import io.github.pgkill.model.failure.InvalidParameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The parameter {@code allowedHosts}, read: names on the one side, blocks of addresses on the
 * other.
 */
record AllowedHosts(List<String> names, List<AddressBlock> blocks) {

  private static final String REMEDY =
      "Write host names, IP addresses or CIDR blocks such as 10.0.0.0/8, separated by commas,"
          + " without ports and wildcards.";

  /**
   * Reads the parameter.
   *
   * @throws InvalidParameter when an entry is neither a plain name nor an address or block
   */
  static AllowedHosts parse(List<String> entries) {
    List<String> names = new ArrayList<>();
    List<AddressBlock> blocks = new ArrayList<>();
    for (String entry : entries) {
      Optional<AddressBlock> block = AddressBlock.parse(entry);
      if (block.isPresent()) {
        blocks.add(block.get());
      } else if (entry.matches("[^\\s/:*?=,\\[\\]]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*%[^\\s/=,]+")) {
        names.add(entry.toLowerCase(Locale.ROOT));
      } else if (entry.startsWith("/")) {
        throw new InvalidParameter(
            "allowedHosts",
            "'" + entry + "' is no host",
            "Leave it out: a Unix socket's directory needs no listing. " + REMEDY);
      } else {
        throw new InvalidParameter(
            "allowedHosts", "'" + entry + "' is neither a host nor a CIDR block", REMEDY);
      }
    }
    return new AllowedHosts(names, blocks);
  }

  boolean names(String host) {
    return names.contains(host.toLowerCase(Locale.ROOT));
  }
}
