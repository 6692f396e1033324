package io.github.pgkill.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.postgresql.Driver;
import org.postgresql.PGConnection;

final class ProtocolProxyTest {

  private final TestServer server = TestServer.shared();

  @Test
  void forwardsUntilItCuts() throws SQLException {
    try (ProtocolProxy proxy = ProtocolProxy.forwarding(server);
        Connection connection = connect(proxy)) {
      assertThat(pidOf(connection)).isEqualTo(pidToldAtLogin(connection));

      proxy.cut();
      assertThat(connection.isValid(5)).isFalse();

      connect(proxy).close();
      assertThat(proxy.accepted()).isEqualTo(2);
    }
  }

  @Test
  void posesAsPooler() throws SQLException {
    try (ProtocolProxy proxy = ProtocolProxy.pooling(server);
        Connection connection = connect(proxy)) {
      assertThat(pidOf(connection)).isNotEqualTo(pidToldAtLogin(connection));
    }
  }

  @Test
  void poolerPassesRefusalsOn() {
    try (ProtocolProxy proxy = ProtocolProxy.pooling(server)) {
      assertThatThrownBy(() -> connect(proxy, "no such database"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("3D000"));
    }
  }

  @Test
  void keepsSilent() {
    try (ProtocolProxy proxy = ProtocolProxy.silent()) {
      assertThatThrownBy(() -> connect(proxy))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).startsWith("08"));
      assertThat(proxy.accepted()).isPositive();
    }
  }

  private static Connection connect(ProtocolProxy proxy) throws SQLException {
    return connect(proxy, "postgres");
  }

  private static Connection connect(ProtocolProxy proxy, String database) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", TestServer.SUPERUSER);
    properties.setProperty("socketTimeout", "2");
    properties.setProperty("loginTimeout", "2");
    return new Driver().connect(proxy.jdbcUrl(database), properties);
  }

  private static int pidOf(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select pg_backend_pid()")) {
      row.next();
      return row.getInt(1);
    }
  }

  private static int pidToldAtLogin(Connection connection) throws SQLException {
    return connection.unwrap(PGConnection.class).getBackendPID();
  }
}
