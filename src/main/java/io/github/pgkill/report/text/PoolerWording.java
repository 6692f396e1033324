package io.github.pgkill.report.text;

import io.github.pgkill.model.poolers.PoolerAlias;
import io.github.pgkill.model.poolers.PoolerReport;

/** All that is said of a pooler's aliases. */
public final class PoolerWording {

  private PoolerWording() {}

  /** How an alias was paused. */
  public static String paused(PoolerReport alias) {
    return "alias "
        + alias.alias()
        + " at "
        + alias.console()
        + " ("
        + alias.mode()
        + " pooling) was paused for "
        + Wording.time(alias.lasted())
        + ", "
        + alias.waiting()
        + " of "
        + Wording.count(alias.clients(), "client")
        + " waited";
  }

  /** What an alias is like now. */
  public static String now(PoolerAlias alias) {
    return "alias "
        + alias
        + ": "
        + alias.mode()
        + " pooling, "
        + Wording.count(alias.clients(), "client")
        + ", "
        + alias.waiting()
        + " waiting"
        + (alias.paused() ? ", paused" : "")
        + (alias.disabled() ? ", disabled" : "");
  }
}
