package io.github.pgkill.postgres.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.connection.AddressBlock;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialRule;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

class CheckedSocketFactoryTest {

  private static final List<AddressBlock> FAR =
      List.of(AddressBlock.parse("203.0.113.0/24").orElseThrow());

  private ServerSocket server;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
    server.setSoTimeout(500);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  @Test
  void dialsWhatTheRuleAdmits() throws IOException {
    for (String host : List.of("localhost", "LOCALHOST", "127.0.0.1")) {
      connect(factory(host, DialRule.LOOPBACK), new InetSocketAddress(host, port()));
      server.accept().close();
    }
    connect(factory("h", DialRule.ANYWHERE), named("h", "127.0.0.1"));
    server.accept().close();
  }

  @Test
  void aHostThatLeadsElsewhereIsNotDialled() throws IOException {
    assertThatThrownBy(
            () -> connect(factory("localhost", FAR), new InetSocketAddress("localhost", port())))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("guard");
    assertThatThrownBy(
            () -> connect(factory("localhost", DialRule.LOOPBACK), named("localhost", "10.0.0.1")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("10.0.0.1");
    assertNobodyCame();
  }

  @Test
  void aHostThatWasNeverJudgedIsNotDialled() throws IOException {
    assertThatThrownBy(
            () -> connect(factory("other", DialRule.ANYWHERE), named("localhost", "127.0.0.1")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("guard");
    assertThatThrownBy(() -> factory("other", DialRule.ANYWHERE).createSocket("localhost", port()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("guard");
    assertNobodyCame();
  }

  /** Which is what the driver hands over when a SOCKS proxy is configured. */
  @Test
  void anUnresolvedHostIsResolvedHereAndChecked() throws IOException {
    CheckedSocketFactory factory = factory("localhost", DialRule.LOOPBACK);
    connect(factory, InetSocketAddress.createUnresolved("localhost", port()));
    server.accept().close();
    assertThatThrownBy(
            () -> connect(factory, InetSocketAddress.createUnresolved("no.invalid", port())))
        .isInstanceOf(UnknownHostException.class);
    assertThatThrownBy(
            () ->
                connect(
                    factory("localhost", FAR),
                    InetSocketAddress.createUnresolved("localhost", port())))
        .hasMessageContaining("guard");
  }

  @ParameterizedTest
  @ValueSource(strings = {"::1", "0:0::1", "fe80::1%1", "127.0.0.1"})
  void anAddressIsKnownInWhateverSpellingJavaHandsItOn(String host) {
    assertThat(
            new DialRule(host, List.of()).concerns(new InetSocketAddress(host, 1).getHostString()))
        .isTrue();
    assertThat(new DialRule(host, List.of()).concerns("::2")).isFalse();
  }

  @Test
  void theDriverUsesIt() throws IOException {
    Properties properties = properties("localhost");
    properties.putAll(
        CheckedSocketFactory.driverProperties(
            new DialPlan(List.of(new DialRule("localhost", FAR)), true)));
    assertThatThrownBy(() -> new Driver().connect("jdbc:postgresql://", properties))
        .hasRootCauseMessage("pgkill's guard does not let host \"localhost\" lead to 127.0.0.1");
    assertNobodyCame();
  }

  @Test
  void aDriverconfigOnTheClassPathDoesNotReplaceIt(@TempDir Path evil) throws Exception {
    Path config = evil.resolve("org/postgresql/driverconfig.properties");
    Files.createDirectories(config.getParent());
    Files.writeString(
        config,
        "socketFactory=evil.Factory\nPGHOST=203.0.113.7\nclassLoaderStrategy=context-first\n");
    URL[] path = {evil.toUri().toURL(), origin(CheckedSocketFactory.class), origin(Driver.class)};
    try (URLClassLoader loader = new URLClassLoader(path, ClassLoader.getPlatformClassLoader())) {
      java.sql.Driver driver =
          (java.sql.Driver) loader.loadClass(Driver.class.getName()).getConstructor().newInstance();
      Properties properties = properties("localhost");
      assertThatThrownBy(() -> driver.connect("jdbc:postgresql://", properties))
          .as("the file is read")
          .hasMessageContaining("evil.Factory");
      properties.putAll(
          CheckedSocketFactory.driverProperties(
              new DialPlan(List.of(new DialRule("localhost", FAR)), true)));
      assertThatThrownBy(() -> driver.connect("jdbc:postgresql://", properties))
          .hasRootCauseMessage("pgkill's guard does not let host \"localhost\" lead to 127.0.0.1");
    }
    assertNobodyCame();
  }

  private static URL origin(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  private Properties properties(String host) {
    Properties properties = new Properties();
    properties.setProperty("PGHOST", host);
    properties.setProperty("PGPORT", String.valueOf(port()));
    properties.setProperty("PGDBNAME", "app");
    properties.setProperty("user", "me");
    properties.setProperty("password", "");
    // nobody answers here, should the guard ever let a connection through
    properties.setProperty("socketTimeout", "2");
    return properties;
  }

  private int port() {
    return server.getLocalPort();
  }

  private InetSocketAddress named(String host, String address) throws UnknownHostException {
    byte[] bytes = InetAddress.getByName(address).getAddress();
    return new InetSocketAddress(InetAddress.getByAddress(host, bytes), port());
  }

  private static CheckedSocketFactory factory(String host, List<AddressBlock> blocks) {
    DialPlan plan = new DialPlan(List.of(new DialRule(host, blocks)), false);
    return new CheckedSocketFactory(plan.encode());
  }

  private static void connect(CheckedSocketFactory factory, InetSocketAddress address)
      throws IOException {
    try (Socket socket = factory.createSocket()) {
      socket.connect(address, 2000);
    }
  }

  private void assertNobodyCame() {
    assertThatThrownBy(() -> server.accept()).isInstanceOf(java.net.SocketTimeoutException.class);
  }
}
