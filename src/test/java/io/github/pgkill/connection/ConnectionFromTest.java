package io.github.pgkill.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.build.PluginUse;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionFromTest {

  @TempDir Path project;
  @TempDir Path home;
  @TempDir Path started;

  private @Nullable String version;
  private final Map<String, String> configuration = new HashMap<>();
  private final Map<String, String> properties = new HashMap<>();
  private final Map<String, String> typed = new HashMap<>();
  private final Map<String, String> variables = new HashMap<>();
  private final Map<String, ServerCredentials> servers = new HashMap<>();

  @Test
  void theParameterIsReadWithoutCase() {
    assertThat(ConnectionFrom.parse("Flyway")).isEqualTo(ConnectionFrom.FLYWAY);
    assertThatThrownBy(() -> ConnectionFrom.parse("hibernate"))
        .isInstanceOf(InvalidParameter.class);
  }

  @Test
  void aBuildWithoutAUrlSaysSo() {
    for (ConnectionFrom from : ConnectionFrom.values()) {
      assertThatThrownBy(() -> read(from))
          .isInstanceOf(InvalidParameter.class)
          .hasMessageContaining("configures no url");
    }
  }

  @Test
  void flywaysSourcesWinInFlywaysOrder() throws IOException {
    write(home, "flyway.conf", "flyway.url=home\nflyway.user=home\nflyway.password=a\\b");
    assertRead(ConnectionFrom.FLYWAY, "home", "home", "a\\b");
    configuration.put("url", "configuration");
    assertRead(ConnectionFrom.FLYWAY, "configuration", "home", "a\\b");
    properties.put("flyway.url", "property");
    assertRead(ConnectionFrom.FLYWAY, "property", "home", "a\\b");
    write(project, "one.conf", "flyway.url=one\nflyway.user=one");
    write(project, "two.conf", "flyway.url=two");
    configuration.put("configFiles", "one.conf, two.conf");
    assertRead(ConnectionFrom.FLYWAY, "two", "one", "a\\b");
    variables.put("FLYWAY_URL", "variable");
    assertRead(ConnectionFrom.FLYWAY, "variable", "one", "a\\b");
    typed.put("flyway.url", "typed");
    typed.put("flyway.password", "typed");
    assertRead(ConnectionFrom.FLYWAY, "typed", "one", "typed");
  }

  @Test
  void flywayNamesItsFilesInTheEnvironmentToo() throws IOException {
    write(project, "ci.conf", "flyway.url=ci");
    variables.put("FLYWAY_CONFIG_FILES", "ci.conf");
    assertRead(ConnectionFrom.FLYWAY, "ci", null, null);
    variables.put("FLYWAY_CONFIG_FILES", "ci.toml");
    assertThatThrownBy(() -> read(ConnectionFrom.FLYWAY)).hasMessageContaining("TOML");
    variables.put("FLYWAY_CONFIG_FILES", "missing.conf");
    assertThatThrownBy(() -> read(ConnectionFrom.FLYWAY))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("missing.conf cannot be read");
  }

  @Test
  void flywayAndLiquibaseTakeCredentialsFromSettings() {
    servers.put("flyway-db", new ServerCredentials("flyway-db", "f", new Secret("fs")));
    servers.put("mine", new ServerCredentials("mine", "m", new Secret("ms")));
    configuration.put("url", "u");
    assertRead(ConnectionFrom.FLYWAY, "u", "f", "fs");
    assertRead(ConnectionFrom.LIQUIBASE, "u", null, null);
    configuration.put("serverId", "mine");
    configuration.put("server", "mine");
    assertRead(ConnectionFrom.FLYWAY, "u", "m", "ms");
    assertRead(ConnectionFrom.LIQUIBASE, "u", "m", "ms");
    configuration.put("user", "own");
    configuration.put("username", "own");
    assertThatThrownBy(() -> read(ConnectionFrom.FLYWAY))
        .hasMessageContaining("another one in server \"mine\"");
    assertRead(ConnectionFrom.LIQUIBASE, "u", "m", "ms");
  }

  @Test
  void liquibasesSourcesWinInLiquibasesOrder() throws IOException {
    variables.put("LIQUIBASE_COMMAND_URL", "variable");
    assertThatThrownBy(() -> read(ConnectionFrom.LIQUIBASE)).hasMessageContaining("no url");
    write(project, "db/l.properties", "url: file\nusername=f\npassword=f\nliquibase.url=x");
    properties.put("liquibase.propertyFile", "db/l.properties");
    assertRead(ConnectionFrom.LIQUIBASE, "file", "f", "f");
    properties.put("liquibase.url", "property");
    assertRead(ConnectionFrom.LIQUIBASE, "property", "f", "f");
    typed.put("liquibase.url", "typed");
    assertRead(ConnectionFrom.LIQUIBASE, "typed", "f", "f");
    configuration.put("url", "configuration");
    assertRead(ConnectionFrom.LIQUIBASE, "configuration", "f", "f");
    configuration.put("propertyFileWillOverride", "true");
    assertRead(ConnectionFrom.LIQUIBASE, "file", "f", "f");
  }

  @Test
  void noErrorQuotesAFile() throws IOException {
    write(home, "flyway.conf", "flyway.password=hunter2\nflyway.url=\\u00zz");
    configuration.put("url", "u");
    assertThat(read(ConnectionFrom.FLYWAY).toString()).doesNotContain("hunter2");
  }

  @Test
  void theResolverTakesItAsASourceAndNamesIt() {
    configuration.putAll(Map.of("url", "jdbc:postgresql://h/d?user=a", "user", "b"));
    ConnectionRequest request =
        ConnectionRequest.builder().buildConnection(read(ConnectionFrom.FLYWAY)).build();
    ResolvedConnection resolved =
        new ConnectionResolver(new Environment(variables, home, "me")).resolve(request);
    assertThat(resolved.settings().server()).isEqualTo("h:5432");
    assertThat(resolved.settings().user()).isEqualTo("a");
    assertThat(resolved.settings().origins())
        .containsEntry("host", "url of flyway in its plugin configuration");
  }

  private void assertRead(ConnectionFrom from, String url, String user, String password) {
    BuildConnection connection = read(from);
    assertThat(connection.url()).isEqualTo(url);
    assertThat(connection.user()).isEqualTo(user);
    assertThat(Optional.ofNullable(connection.password()).map(Secret::reveal))
        .isEqualTo(Optional.ofNullable(password));
  }

  private BuildConnection read(ConnectionFrom from) {
    return from.read(
        new BuildContext(
            new PluginUse("its plugin configuration", version, configuration),
            properties,
            typed,
            Map.of("user.dir", started.toString()),
            project,
            List.of(project.resolve("target/classes")),
            id -> Optional.ofNullable(servers.get(id)),
            new Environment(variables, home, "me")));
  }

  private static void write(Path folder, String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
