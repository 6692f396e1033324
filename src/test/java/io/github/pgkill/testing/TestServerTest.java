package io.github.pgkill.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;

final class TestServerTest {

  @Test
  void eachHasAnIdentityOfItsOwnThoughAllAreCopiesOfOneCluster() throws SQLException {
    String identity = "select system_identifier from pg_control_system()";
    try (TestServer one = TestServer.start(Map.of());
        TestServer other = TestServer.start(Map.of())) {
      assertThat(one.query(identity)).isNotEqualTo(other.query(identity));
    }
  }

  @Test
  void sharedServerIsOfTheMajorAskedForAndStartedOnce() throws SQLException {
    TestServer server = TestServer.shared();

    assertThat(server.query("show server_version").get(0)).startsWith(server.major() + ".");
    assertThat(server.major()).isEqualTo(Integer.getInteger("pg.major", 15));
    assertThat(server.query("show max_connections")).containsExactly("200");
    assertThat(TestServer.shared()).isSameAs(server);
  }

  @Test
  void freshDatabasesAndRolesCanBeUsed() throws SQLException {
    TestServer server = TestServer.shared();
    String database = server.createDatabase();
    String role = server.createRole("login");

    try (Connection connection = server.connect(database, role, "an app")) {
      assertThat(connection.getCatalog()).isEqualTo(database);
      assertThat(
              server.query(
                  "select usename from pg_stat_activity where application_name = ?", "an app"))
          .containsExactly(role);
    }
  }

  @Test
  void ownServerHasItsSettingsAndAsksForPasswordsWhereToldTo() throws SQLException {
    Path data;
    try (TestServer server =
        TestServer.start(
            Map.of("track_activity_query_size", "100", "cluster_name", "it's mine"),
            List.of("host all careful all scram-sha-256"))) {
      data = server.dataDirectory();
      server.execute("create role careful login password 'right'");

      assertThat(server.query("show cluster_name")).containsExactly("it's mine");
      assertThatThrownBy(() -> connectAsCareful(server, "wrong")).hasMessageContaining("password");
      connectAsCareful(server, "right").close();
    }
    assertThat(data.getParent()).doesNotExist();
  }

  @Test
  void restartKeepsPortAndDataAndEndsSessions() throws SQLException {
    try (TestServer server = TestServer.start(Map.of())) {
      server.execute("create table kept()");
      long before = server.postmasterPid();
      try (Connection connection = server.connect("postgres", "postgres")) {
        server.restart();
        assertThat(connection.isValid(5)).isFalse();
      }
      assertThat(server.postmasterPid()).isNotEqualTo(before);
      assertThat(server.query("select count(*) from kept")).containsExactly("0");
    }
  }

  @Test
  void guardOutlivesTheServersJvmOnlyToCleanUp() throws Exception {
    // A JVM of its own, killed without a chance to run its shutdown hooks.
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty(
                    "surefire.test.class.path", System.getProperty("java.class.path")),
                "-Dpg.major=" + TestServer.shared().major(),
                "-Dpg.directory=" + System.getProperty("pg.directory", "target/postgres"),
                PrintsItsServer.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String[] facts = victim.inputReader().readLine().split("\t");
    Path directory = Path.of(facts[0]);
    ProcessHandle postmaster = ProcessHandle.of(Long.parseLong(facts[1])).orElseThrow();
    assertThat(directory).exists();

    victim.destroyForcibly().waitFor();

    Eventually.within(20, () -> !postmaster.isAlive() && !directory.toFile().exists());
  }

  private static Connection connectAsCareful(TestServer server, String password)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", "careful");
    properties.setProperty("password", password);
    return server.connect("postgres", properties);
  }

  /** What {@link #guardOutlivesTheServersJvmOnlyToCleanUp()} kills. */
  static final class PrintsItsServer {
    public static void main(String[] arguments) throws Exception {
      TestServer server = TestServer.shared();
      System.out.println(server.socketDirectory() + "\t" + server.postmasterPid());
      Thread.currentThread().join();
    }
  }
}
