package io.github.pgkill.connection.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgkill.connection.ConnectionFrom;
import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.build.PluginUse;
import io.github.pgkill.connection.build.SpringProject;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The small inputs: a base file names {@code base}, and Spring lets something else win. */
class SpringConnectionTest {

  private static final String BASE = "spring.datasource.url=jdbc:postgresql://h/base\n";
  private static final String OTHER = "spring.datasource.url=jdbc:postgresql://h/other\n";

  @TempDir Path directory;
  @TempDir Path home;

  private final Map<String, String> configuration = new HashMap<>();
  private final Map<String, String> typed = new HashMap<>();
  private final Map<String, String> variables = new HashMap<>();
  private final Map<String, String> expressions = new HashMap<>();
  private final Set<String> dependencies = new java.util.HashSet<>();
  private boolean filtered;
  private Optional<String> bootVersion = Optional.empty();

  @BeforeEach
  void base() throws IOException {
    resource("application.properties", BASE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spring.profiles.active=dev",
        "spring.profiles.include=dev",
        "spring.profiles.active=x\nspring.profiles.group.x=y,dev",
        "spring.profiles.default=dev",
        "spring.profiles.active=${STAGE:dev}",
        "spring.profiles.active[0]=dev",
        "spring.config.import=classpath:application-dev.properties",
        "spring.config.import=application-dev.properties",
        "spring.config.import=optional:classpath:no.yml,application-dev.properties"
      })
  void anotherFileWins(String line) throws IOException {
    resource("application.properties", BASE + line + "\n");
    resource("application-dev.properties", OTHER);
    assertDatabase("other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "src/main/resources/application-default.properties",
        "src/main/resources/config/application.properties",
        "application.properties",
        "config/application.properties",
        "config/any/application.properties"
      })
  void aFileInAnotherPlaceWins(String file) throws IOException {
    write(file, OTHER);
    assertDatabase("other");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "SPRING_PROFILES_INCLUDE|dev",
        "SPRING_PROFILES_ACTIVE|dev",
        "SPRING_CONFIG_LOCATION|optional:file:./elsewhere/",
        "SPRING_CONFIG_ADDITIONAL_LOCATION|file:elsewhere/application.properties",
        "SPRING_CONFIG_IMPORT|file:elsewhere/application.properties",
        "SPRING_DATASOURCE_URL|jdbc:postgresql://h/other",
        "SPRING_DATASOURCE_HIKARI_JDBC_URL|jdbc:postgresql://h/other",
        "SPRING_APPLICATION_JSON|{\"spring.datasource.url\":\"jdbc:postgresql://h/other\"}"
      })
  void aVariableWins(String name, String value) throws IOException {
    resource("application-dev.properties", OTHER);
    write("elsewhere/application.properties", OTHER);
    variables.put(name, value);
    assertDatabase("other");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spring: {config.activate.on-profile: default, datasource: {url:"
            + " 'jdbc:postgresql://h/other'}}",
        "spring: {dataSource: {url: 'jdbc:postgresql://h/other'}}",
        "spring: {datasource: {hikari: {jdbc-url: 'jdbc:postgresql://h/other'}}}",
        "spring: {datasource: {hikari: {jdbcUrl: 'jdbc:postgresql://h/other'}}}"
      })
  void aDocumentWins(String document) throws IOException {
    Files.delete(directory.resolve("src/main/resources/application.properties"));
    resource(
        "application.yml", "spring.datasource.url: jdbc:postgresql://h/base\n---\n" + document);
    assertDatabase("other");
  }

  @Test
  void anEnvironmentFileIsImported() throws IOException {
    resource(
        "application.properties", BASE + "spring.config.import=optional:file:.env[.properties]");
    write(".env", OTHER + "spring.datasource.username=env");
    assertDatabase("other");
    assertThat(read().user()).isEqualTo("env");
    assertThat(read().origin()).isEqualTo("spring.datasource.url in .env (no profile but default)");
  }

  @Test
  void aPlaceholderFindsVariablesInEverySpelling() throws IOException {
    resource(
        "application.properties",
        "spring.datasource.url=jdbc:postgresql://${db-host:localhost}/${NAME:${other-name:base}}");
    assertThat(read().url()).isEqualTo("jdbc:postgresql://localhost/base");
    variables.put("DBHOST", "nothing");
    assertThat(read().url()).isEqualTo("jdbc:postgresql://nothing/base");
    variables.put("DB_HOST", "underscore");
    variables.put("OTHER_NAME", "x");
    assertThat(read().url()).doesNotContain("localhost").endsWith("/x");
  }

  @Test
  void theDefaultOfAPlaceholderIsNotNeededWhereItsNameIsSet() throws IOException {
    resource("application.properties", "spring.datasource.url=jdbc:postgresql://h/${A:${B}}");
    variables.put("A", "a");
    assertDatabase("a");
  }

  @Test
  void whatIsNotSetIsNamedAndACircleEnds() throws IOException {
    resource("application.properties", "spring.datasource.url=${DB_URL}");
    assertThatThrownBy(this::read)
        .hasMessageContaining("spring.datasource.url refers to ${DB_URL}");
    resource("application.properties", "spring.datasource.url=${a}\na=${b}\nb=${a}");
    assertThatThrownBy(this::read).hasMessageContaining("circle");
  }

  @Test
  void aMergeKeyBringsTheUser() throws IOException {
    Files.delete(directory.resolve("src/main/resources/application.properties"));
    resource(
        "application.yml",
        """
        db: &db
          username: merged
          password: 0123
        spring:
          datasource:
            <<: *db
            url: jdbc:postgresql://h/base
        """);
    assertThat(read().user()).isEqualTo("merged");
    assertThat(Optional.ofNullable(read().password()).map(Secret::reveal)).contains("83");
  }

  @Test
  void thePoolsOwnUserWinsAndEachValueSaysWhereItStands() throws IOException {
    resource(
        "application.properties",
        BASE + "spring.datasource.username=a\nspring.profiles.active=dev");
    resource("application-dev.yml", "spring.datasource.hikari.username: b");
    BuildConnection connection = read();
    assertThat(connection.user()).isEqualTo("b");
    assertThat(connection.origin())
        .isEqualTo(
            "spring.datasource.url in src/main/resources/application.properties (profile dev)");
    assertThat(connection.userOrigin())
        .isEqualTo(
            "spring.datasource.hikari.username in src/main/resources/application-dev.yml (profile"
                + " dev)");
  }

  @Test
  void aFileInAnotherEncodingIsRead() throws IOException {
    Files.write(
        directory.resolve("src/main/resources/application.properties"),
        (BASE + "spring.datasource.username=J\u00f6rg").getBytes(StandardCharsets.ISO_8859_1));
    assertThat(read().user()).isEqualTo("J\u00f6rg");
  }

  @Test
  void aDocumentOfAnotherProfileDoesNotMatter() throws IOException {
    Files.delete(directory.resolve("src/main/resources/application.properties"));
    resource(
        "application.yml",
        """
        spring.datasource.url: jdbc:postgresql://h/base
        ---
        spring.config.activate.on-profile: prod & (eu | !test)
        spring.datasource.url: jdbc:postgresql://h/other
        """);
    assertDatabase("base");
    typed.put("spring.profiles.active", "prod");
    assertDatabase("other");
    variables.put("SPRING_PROFILES_INCLUDE", "test");
    assertDatabase("base");
  }

  @Test
  void withoutAUrlTheProfilesAndTheUrlsThatAreThereAreNamed() throws IOException {
    resource("application.properties", "app.datasource.jdbc-url=x\nspring.r2dbc.url=r2dbc:x");
    resource("application-prod.properties", OTHER);
    resource("application-dev.yml", "a: b");
    assertThatThrownBy(this::read)
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("configures no url for spring")
        .hasMessageContaining("profiles seen: dev, prod")
        .hasMessageContaining(
            "app.datasource.jdbc-url in src/main/resources/application.properties")
        .hasMessageContaining("spring.r2dbc.url");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spring.config.import=configserver:|imports from configserver:",
        "spring.config.import=optional:configserver:http://x|imports from configserver:",
        "spring.config.import=vault://|imports from vault:",
        "spring.config.import=optional:configtree:/run/secrets/|imports from configtree:",
        "spring.config.import=aws-secretsmanager:x|imports from aws-secretsmanager:",
        "spring.config.import=https://h/x.yml|imports from https:",
        "spring.config.import=missing.properties|classpath:/missing.properties, which is missing",
        "spring.datasource.password=ENC(x)|is encrypted",
        "spring.datasource.password={cipher}x|is encrypted",
        "spring.datasource.username=${random.uuid}|${random...}",
        "spring.datasource.username=${os.name:x}|which only the application's process knows",
        "spring.datasource.hikari.username=|spring.datasource.hikari.username in",
        "spring.datasource.url=jdbc:tc:postgresql:16:///d|is a jdbc:tc:postgresql URL:"
            + " Testcontainers",
        "spring.datasource.url=jdbc:h2:mem:x|application.properties (no profile but default) is a"
            + " jdbc:h2 URL",
        "spring.datasource.jndi-name=java:x|wins over the URL",
        "spring.datasource.second.url=jdbc:postgresql://h/second|a second data source",
        "spring.datasource.hikari.data-source-class-name=x|wins over the URL",
        "spring.r2dbc.url=r2dbc:postgresql://h/x|spring.r2dbc.url beside",
        "spring.datasource.username=@unknown@|nothing in the project replaces",
        "spring.profiles=dev|spring.profiles, which Spring Boot does not start with"
      })
  void whatCannotBeReadAsSpringReadsItIsRefusedByName(String line, String words)
      throws IOException {
    resource("application.properties", BASE + line);
    assertThatThrownBy(this::read).isInstanceOf(PgkillFailure.class).hasMessageContaining(words);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"spring.profiles.active", "spring.profiles.include", "spring.profiles.default"})
  void aKeyThatAProfilesDocumentMustNotHaveIsRefused(String key) throws IOException {
    resource("application-default.properties", key + "=x");
    assertThatThrownBy(this::read).hasMessageContaining("does not allow in a profile's document");
    Files.delete(directory.resolve("src/main/resources/application-default.properties"));
    resource(
        "application.properties",
        BASE + "#---\nspring.config.activate.on-profile=dev\n" + key + "=x");
    assertThatThrownBy(this::read).hasMessageContaining("does not allow in a profile's document");
  }

  @Test
  void whatSpringsMavenPluginGivesTheApplicationIsRefused() {
    configuration.put("profiles", "dev");
    assertThatThrownBy(this::read).hasMessageContaining("profiles of its own");
    typed.put("spring.profiles.active", "ci");
    assertDatabase("base");
    configuration.put("jvmArguments", "-Xmx1g");
    assertDatabase("base");
    configuration.put("jvmArguments", "-Dspring.datasource.url=x");
    assertThatThrownBy(this::read).hasMessageContaining("has jvmArguments");
  }

  @Test
  void bootstrapFilesDockerComposeAndOldVersionsAreRefused() throws IOException {
    dependencies.add("org.springframework.boot:spring-boot-docker-compose");
    assertThatThrownBy(this::read).hasMessageContaining("beats spring.datasource.url");
    typed.put("spring.docker.compose.enabled", "false");
    assertDatabase("base");
    bootVersion = Optional.of("2.3.12.RELEASE");
    assertThatThrownBy(this::read).hasMessageContaining("Spring Boot 2.3.12.RELEASE");
    bootVersion = Optional.of("3.5.9");
    assertDatabase("base");
    resource("bootstrap.yml", "spring.application.name: x");
    assertThatThrownBy(this::read).hasMessageContaining("bootstrap.yml is there");
  }

  @Test
  void filteringIsReadFromTheBuiltFileOrDoneHere() throws IOException {
    Files.delete(directory.resolve("src/main/resources/application.properties"));
    resource(
        "application.yml", "spring.datasource.url: @db.url@\nspring.datasource.username: ${who}");
    assertThatThrownBy(this::read)
        .hasMessageContaining("has @db.url@, which resource filtering did not replace");
    filtered = true;
    expressions.putAll(Map.of("db.url", "jdbc:postgresql://h/project", "who", "me"));
    assertDatabase("project");
    assertThat(read().user()).isEqualTo("me");
    write("target/classes/application.yml", "spring.datasource.url: jdbc:postgresql://h/built");
    assertThatThrownBy(this::read)
        .hasMessageContaining("target/classes/application.yml")
        .hasMessageContaining("is another connection than");
    expressions.clear();
    assertDatabase("built");
    assertThat(read().origin()).contains("target/classes/application.yml");
    expressions.putAll(Map.of("db.url", "jdbc:postgresql://h/project", "who", "me"));
    Files.setLastModifiedTime(
        directory.resolve("target/classes/application.yml"), FileTime.fromMillis(0));
    assertDatabase("project");
    assertThat(read().origin()).contains("src/main/resources/application.yml");
  }

  @Test
  void propertiesOfThePomAreNotSpringsPlaceholders() throws IOException {
    resource("application.properties", "spring.datasource.url=jdbc:postgresql://h/${db.name:own}");
    expressions.put("db.name", "pom");
    assertDatabase("own");
  }

  @Test
  void noErrorQuotesAFile() throws IOException {
    resource("application.yml", "spring:\n  datasource:\n    password: hunter2: [@\n");
    PgkillFailure failure = catchThrowableOfType(PgkillFailure.class, this::read);
    assertThat(failure).hasMessageContaining("application.yml cannot be read").hasNoCause();
    assertThat(failure.remedy().orElseThrow()).doesNotContain("hunter2");
  }

  private void assertDatabase(String database) {
    assertThat(read().url()).isEqualTo("jdbc:postgresql://h/" + database);
  }

  private BuildConnection read() {
    return ConnectionFrom.SPRING.read(
        new BuildContext(
            new PluginUse("its plugin configuration", null, configuration),
            Map.of("db.name", "pom"),
            typed,
            Map.of(),
            directory,
            List.of(),
            id -> Optional.empty(),
            new Environment(variables, home, "me"),
            new SpringProject(
                directory.resolve("target/classes"),
                name -> {
                  Path file = directory.resolve("src/main/resources").resolve(name);
                  return Files.isRegularFile(file)
                      ? List.of(new SpringProject.Resource(file, filtered))
                      : List.of();
                },
                name -> Optional.ofNullable(expressions.get(name)),
                true,
                dependencies,
                bootVersion)));
  }

  private void resource(String name, String text) throws IOException {
    write("src/main/resources/" + name, text);
  }

  private void write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }
}
