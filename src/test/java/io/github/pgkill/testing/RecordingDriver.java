package io.github.pgkill.testing;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Properties;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A driver that says what it was asked to open, and opens nothing. It is put into a jar of its own
 * for the plugins of other tools, so it needs no other class of ours.
 */
public final class RecordingDriver implements Driver {

  /** Begins the line that says it; url, user and password follow, with tabs between. */
  public static final String ASKED = "recording driver:";

  @Override
  @SuppressWarnings("SystemOut") // the build that asked is another process
  public @Nullable Connection connect(String url, Properties info) throws SQLException {
    System.out.println(
        String.join("\t", "", ASKED, url, said(info, "user"), said(info, "password"), "end"));
    throw new SQLException("asked and recorded");
  }

  private static String said(Properties info, String name) {
    String value = info.getProperty(name);
    return value == null ? "-" : "=" + value;
  }

  @Override
  public boolean acceptsURL(String url) {
    return url.startsWith("jdbc:postgresql:");
  }

  @Override
  public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
    return new DriverPropertyInfo[0];
  }

  @Override
  public int getMajorVersion() {
    return 42;
  }

  @Override
  public int getMinorVersion() {
    return 0;
  }

  @Override
  public boolean jdbcCompliant() {
    return false;
  }

  @Override
  public @Nullable Logger getParentLogger() {
    return null;
  }
}
