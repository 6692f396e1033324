package io.github.pgkill.model.diagnose;

/** What somebody wants to do with a database, and what therefore would be in the way. */
public enum Intent {
  /** DROP DATABASE. */
  DROP,
  /** Drop what is in it, as {@code flyway:clean} and {@code liquibase:dropAll} do. */
  CLEAN,
  /** Take ACCESS EXCLUSIVE locks on its tables, as migrations do. */
  ALTER,
  /** Copy it: CREATE DATABASE ... TEMPLATE. */
  TEMPLATE,
  /** Restart the server that it is on. */
  RESTART;

  /** It in words, as the subject of a sentence. */
  public String of(String database) {
    return switch (this) {
      case DROP -> "dropping database " + database;
      case CLEAN -> "cleaning database " + database;
      case ALTER -> "altering tables of database " + database;
      case TEMPLATE -> "copying database " + database + " as a template";
      case RESTART -> "restarting the server of database " + database;
    };
  }

  /** Whether it needs the database without any session, whatever the sessions do. */
  public boolean needsItEmpty() {
    return this == DROP || this == TEMPLATE;
  }

  /** Whether it is done by statements inside the database. */
  public boolean worksInside() {
    return this == CLEAN || this == ALTER;
  }
}
