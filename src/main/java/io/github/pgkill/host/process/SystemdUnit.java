package io.github.pgkill.host.process;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A service of systemd.
 *
 * @param name such as {@code postgresql@15-main.service}
 * @param uid the user whose own manager runs it; null for the system's
 */
public record SystemdUnit(String name, @Nullable String uid) {

  private static final String SERVICE = ".service";

  /** The innermost service of the control group that a {@code /proc/PID/cgroup} tells. */
  static Optional<SystemdUnit> ofControlGroup(String lines) {
    return lines
        .lines()
        .filter(line -> line.startsWith("0::") || line.contains(":name=systemd:"))
        .map(line -> line.substring(line.indexOf(':', line.indexOf(':') + 1) + 1))
        .flatMap(path -> innermost(Arrays.asList(path.split("/"))).stream())
        .findFirst();
  }

  private static Optional<SystemdUnit> innermost(List<String> path) {
    String uid = null;
    String service = null;
    for (String part : path) {
      if (part.matches("user@\\d+\\.service")) {
        uid = part.substring("user@".length(), part.length() - SERVICE.length());
        service = null;
      } else if (part.endsWith(SERVICE)) {
        service = part;
      }
    }
    return service == null ? Optional.empty() : Optional.of(new SystemdUnit(service, uid));
  }
}
