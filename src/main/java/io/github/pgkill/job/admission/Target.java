package io.github.pgkill.job.admission;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.NearestName;
import io.github.pgkill.postgres.core.Server;

/** Finds the database that a goal is about, or says which name was probably meant. */
public final class Target {

  private Target() {}

  /**
   * The database of this name.
   *
   * @throws PgkillFailure when there is none, with the nearest names
   */
  public static DatabaseInfo require(Server server, String name) {
    return server.findDatabase(name).orElseThrow(() -> missing(server, name));
  }

  static PgkillFailure missing(Server server, String name) {
    return missing(
        server,
        name,
        "database",
        "-Dpgkill.failIfDatabaseMissing=false lets the goal pass without it.");
  }

  /**
   * Says which database was probably meant by a parameter.
   *
   * @param otherwise what helps where none was
   */
  public static PgkillFailure missing(
      Server server, String name, String parameter, String otherwise) {
    return new PgkillFailure(
        "there is no database " + name + " on this server",
        NearestName.of(name, server.databaseNames())
                .map(nearest -> "Did you mean -Dpgkill." + parameter + "=" + nearest + "? ")
                .orElse("")
            + otherwise);
  }
}
