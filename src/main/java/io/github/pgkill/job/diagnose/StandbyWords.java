package io.github.pgkill.job.diagnose;

import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.nodes.WalReplay;
import java.util.ArrayList;
import java.util.List;

/** What there is to know of a server that is looked at and is a standby. */
final class StandbyWords {

  /** Before everything that anybody wrote. */
  private static final String START = "0/0";

  private StandbyWords() {}

  /** Nothing of a primary. */
  static List<String> of(Server server) {
    if (!server.info().standby()) {
      return List.of();
    }
    List<String> words = new ArrayList<>();
    words.add(
        "this server is a standby: a closing or a dropping comes here from its primary, by replay;"
            + " its sessions are ended by a goal with the primary's URL and this server in"
            + " -Dpgkill.nodes");
    WalReplay.State state = WalReplay.state(server, START);
    List<String> holders = WalReplay.holders(server);
    words.add(
        "its replay "
            + (state.paused()
                ? "is paused"
                : holders.isEmpty()
                    ? "waits for nobody's lock"
                    : "waits for " + String.join(" and ", holders))
            + (state.delayed() ? ", recovery_min_apply_delay is " + state.applyDelay() : "")
            + ", max_standby_streaming_delay is "
            + state.standbyDelay());
    return words;
  }
}
