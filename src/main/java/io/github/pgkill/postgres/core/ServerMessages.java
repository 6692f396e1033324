package io.github.pgkill.postgres.core;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The server's own words, without the driver's prefix and position. */
public final class ServerMessages {

  private ServerMessages() {}

  /** Message and, in brackets, the detail; the driver's message where the server sent none. */
  public static String of(SQLException e) {
    if (e instanceof PSQLException failure) {
      ServerErrorMessage server = failure.getServerErrorMessage();
      if (server != null && server.getMessage() != null) {
        String detail = server.getDetail();
        return detail == null ? server.getMessage() : server.getMessage() + " (" + detail + ")";
      }
    }
    return String.valueOf(e.getMessage());
  }
}
