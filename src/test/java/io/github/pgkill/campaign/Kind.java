package io.github.pgkill.campaign;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** What may happen while a build runs. */
enum Kind {
  /** The build's process is gone at once. */
  SIGKILL,
  SIGTERM,
  SIGINT,
  /** All its connections are cut at some byte; new ones get through, or not. */
  CUT,
  /** The server stops as if its machine lost power, and is started again. */
  SERVER_CRASH,
  /** An administrator grants and revokes privileges on the database, CONNECT among them. */
  GRANTS,
  /** An administrator comments on the database while it is closed. */
  COMMENTS,
  LIMITS,
  /** The database gets another name, and perhaps its old one back. */
  RENAMES,
  /** The database and another one swap their names in one transaction. */
  SWAPS,
  /** Others are created and dropped. */
  NEIGHBOURS,
  /** Somebody copies the database, or only its comment, onto another one. */
  CLONES,
  /** Another build wants the same database. */
  BUILD_BESIDE,
  /** Not what happens, but what is there: comments that are no UTF-8. */
  RAW_COMMENTS,
  /** Not what happens, but what is asked for: the next goal removes what a dead build left. */
  LEFTOVERS,
  /** Likewise: a change that commits while a database is recreated is in the new one, too. */
  RECREATION_KEEPS_CHANGES;

  /** What ends a build before it is done: no two at a time. */
  static final Set<Kind> INTERRUPTIONS = EnumSet.of(SIGKILL, SIGTERM, SIGINT, CUT, SERVER_CRASH);

  /** Those for which nobody may be connected to the database. */
  static final Set<Kind> RENAMING = EnumSet.of(RENAMES, SWAPS);

  /** Reads names with commas between; {@code all} stands for all. */
  static Set<Kind> parse(String names) {
    if (names.equalsIgnoreCase("all")) {
      return EnumSet.allOf(Kind.class);
    }
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    for (String name : names.split(",")) {
      if (!name.isBlank()) {
        kinds.add(valueOf(name.trim().toUpperCase(Locale.ROOT)));
      }
    }
    return kinds;
  }
}
