package io.github.pgkill.report.text;

import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.KeptChange;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.Reopen;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** All that is said of a closed database: who closed it, and what came of opening it. */
public final class LockoutWording {

  private LockoutWording() {}

  /** What is known of the build that closed a database. */
  public enum Closer {
    THIS_BUILD,
    ALIVE,
    /** It does not hold its lockout, or its process is gone. */
    SILENT
  }

  /** That a database is closed, by whom, and who opens it again. */
  public static String closed(String database, LockoutRecord record, Closer closer) {
    return "database "
        + database
        + doing(record)
        + " by "
        + (closer == Closer.THIS_BUILD ? "this build" : process(record.build()))
        + " since "
        + record.closedAt()
        + (record.reopen() == Reopen.NEVER
            ? ", to stay closed until pgkill:restore-connect"
            : switch (closer) {
              case THIS_BUILD -> "";
              case ALIVE -> ", which is alive";
              case SILENT -> ", which shows no sign of life";
            });
  }

  private static String doing(LockoutRecord record) {
    return switch (record.state()) {
      case PAUSING -> " is about to be closed to new connections";
      case CLOSED -> " is closed to new connections (" + word(record.closedWith()) + ")";
      case RESUMING -> " is open again, its poolers perhaps not, after it was closed";
    };
  }

  /** What came of opening a database. */
  public static String opened(String database, boolean wasClosed) {
    return "database "
        + database
        + (wasClosed ? " is open again" : " needed no opening: somebody opened or dropped it");
  }

  /** The same with what others did meanwhile. */
  public static String opened(String database, boolean wasClosed, List<KeptChange> kept) {
    StringBuilder words = new StringBuilder(opened(database, wasClosed));
    kept.forEach(change -> words.append("; ").append(kept(change)));
    return words.toString();
  }

  /** What others did meanwhile. */
  public static String kept(KeptChange change) {
    if (change instanceof KeptChange.Limit limit) {
      return "somebody set the connection limit to " + limit.now() + " meanwhile: kept";
    } else if (change instanceof KeptChange.ConnectionsAllowed) {
      return "somebody allowed connections meanwhile: kept";
    } else if (change instanceof KeptChange.Comment) {
      return "somebody replaced its comment meanwhile: kept";
    } else if (change instanceof KeptChange.Connect connect) {
      return role(connect.role())
          + switch (connect.grant()) {
            case LOST -> " lost CONNECT";
            case GOT -> " got CONNECT";
            case GOT_BACK -> " got CONNECT back";
          }
          + " meanwhile: kept";
    } else if (change instanceof KeptChange.OfDroppedRole of) {
      return "CONNECT of "
          + role(of.role())
          + " from "
          + role(of.grantor())
          + " is not given back: a role was dropped meanwhile";
    } else if (change instanceof KeptChange.NotBack missing) {
      return Wording.count(missing.privileges(), "CONNECT privilege", "is", "are")
          + " not back as before";
    } else if (change instanceof KeptChange.More more) {
      return Wording.count(more.number(), "more change") + " of this kind: kept";
    } else if (change instanceof KeptChange.ClosedAgain again) {
      return process(again.build()) + " has closed it meanwhile: left to it";
    }
    return ((KeptChange.ClosedByNewer) change).plugin() + " has closed it meanwhile: left to it";
  }

  /** A way of closing, as the parameter {@code closeWith} spells it. */
  public static String word(CloseWith closeWith) {
    return closeWith.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String process(BuildIdentity build) {
    return "process " + build.pid() + " on host " + build.host();
  }

  private static String role(@Nullable String name) {
    return name == null ? "PUBLIC" : "role " + name;
  }
}
