package io.github.pgkill.maven.goal;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.testing.RealMaven;
import io.github.pgkill.testing.RecordingDriver;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.settings.Server;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;

/**
 * A real build of modules that each use one version of Flyway's or Liquibase's Maven plugin, whose
 * driver records what it is asked to open; and the same POMs read by {@code connectionFrom}.
 */
final class MigrationToolsBuild {

  private static final Pattern GOAL = Pattern.compile("\\[INFO] --- .* @ (\\S+) ---");
  private static final String SETTINGS =
      """
      <settings><servers><server><id>oracle-db</id><username>server-user</username>\
      <password>server-password</password></server></servers></settings>
      """;

  /** What Liquibase 4 makes of a user or password that nobody has set. */
  private static final String NULL = "=null";

  /** Variables that the files of the modules refer to. */
  private static final Map<String, String> VARIABLES =
      Map.of("ORACLE_HOST", "variable.example", "ORACLE_USER", "variable");

  private final Path directory;
  private final Tool tool;
  private final Surroundings surroundings;

  MigrationToolsBuild(Path directory, Tool tool, Surroundings surroundings, List<Module> modules)
      throws IOException {
    this.directory = directory;
    this.tool = tool;
    this.surroundings = surroundings;
    Files.createDirectory(directory.resolve("home"));
    write("settings.xml", SETTINGS, StandardCharsets.UTF_8);
    write("home/flyway.conf", surroundings.home(), StandardCharsets.UTF_8);
    write("flyway.conf", surroundings.started(), StandardCharsets.UTF_8);
    Path jar = driver();
    for (Module module : modules) {
      write(module.name + "/pom.xml", module.pom(tool, jar), StandardCharsets.UTF_8);
      for (Map.Entry<String, String> file : module.files.entrySet()) {
        write(
            module.name + "/" + file.getKey(),
            file.getValue(),
            module.wide ? StandardCharsets.UTF_16 : StandardCharsets.UTF_8);
      }
    }
    write(
        "pom.xml",
        modules.stream()
            .map(module -> "<module>" + module.name + "</module>")
            .collect(
                Collectors.joining(
                    "",
                    "<project><modelVersion>4.0.0</modelVersion><groupId>oracle</groupId>"
                        + "<artifactId>oracle</artifactId><version>1</version>"
                        + "<packaging>pom</packaging><modules>",
                    "</modules></project>")),
        StandardCharsets.UTF_8);
  }

  private void write(String name, String text, Charset charset) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text, charset);
  }

  private Path driver() throws IOException {
    Path jar = directory.resolve("recording-driver.jar");
    String entry = RecordingDriver.class.getName().replace('.', '/') + ".class";
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        InputStream in = RecordingDriver.class.getResourceAsStream("/" + entry)) {
      out.putNextEntry(new JarEntry(entry));
      Objects.requireNonNull(in).transferTo(out);
    }
    return jar;
  }

  /** What the tool has asked the driver to open, by module. */
  Map<String, Asked> opened() throws Exception {
    List<String> output = maven();
    Map<String, Asked> opened = new LinkedHashMap<>();
    String module = "";
    for (String line : output) {
      Matcher goal = GOAL.matcher(line);
      if (goal.find()) {
        module = goal.group(1);
      }
      int asked = line.indexOf(RecordingDriver.ASKED);
      if (asked >= 0) {
        opened.putIfAbsent(module, asked(line.substring(asked).split("\t")));
      }
    }
    if (opened.isEmpty()) {
      throw new AssertionError("the tool has opened nothing:\n" + String.join("\n", output));
    }
    return opened;
  }

  /** What the driver of PostgreSQL would make of it. */
  private static Asked asked(String[] parts) {
    Properties info = new Properties();
    if (parts[2].startsWith("=") && !NULL.equals(parts[2])) {
      info.setProperty("user", parts[2].substring(1));
    }
    if (parts[3].startsWith("=") && !NULL.equals(parts[3])) {
      info.setProperty("password", parts[3].substring(1));
    }
    Properties all = Driver.parseURL(parts[1], info);
    if (all == null) {
      return Asked.nothing("the driver does not read its URL");
    }
    String user = all.getProperty("user", System.getProperty("user.name"));
    return new Asked(
        all.getProperty("PGHOST") + ":" + all.getProperty("PGPORT"),
        all.getProperty("PGDBNAME", user),
        user,
        all.getProperty("password", ""),
        "");
  }

  private List<String> maven() throws Exception {
    return new RealMaven(directory)
        .environment(variables())
        .home(directory.resolve("home"))
        .settings(directory.resolve("settings.xml"))
        .typed(surroundings.typed())
        .run("initialize");
  }

  private Map<String, String> variables() {
    Map<String, String> variables = new LinkedHashMap<>(VARIABLES);
    variables.putAll(surroundings.environment());
    return variables;
  }

  /** What {@code connectionFrom} takes, or why not. */
  Asked taken(Module module) throws IOException {
    Path home = directory.resolve(module.name);
    Server server = new Server();
    server.setId("oracle-db");
    server.setUsername("server-user");
    server.setPassword("server-password");
    Build.Prepared build =
        Build.withPom(home, Files.readString(home.resolve("pom.xml")))
            .server(server)
            .properties(surroundings.typed())
            .prepare("terminate", "default-cli", MojoExecution.Source.CLI, null);
    build.project().getProperties().putAll(module.later);
    Environment environment =
        new Environment(variables(), directory.resolve("home"), System.getProperty("user.name"));
    Properties system = new Properties();
    system.setProperty("user.dir", directory.toString());
    system.putAll(surroundings.typed());
    String from = tool.name() + (module.asks == null ? "" : ":" + module.asks);
    return Asked.by(from, build, environment, system);
  }

  /**
   * A tool's plugin.
   *
   * @param name what {@code connectionFrom} calls it
   */
  record Tool(String name, String version) {

    List<String> settings() {
      return name.equals("flyway")
          ? List.of("url", "user", "password")
          : List.of("url", "username", "password");
    }

    String variable(String setting) {
      return (name.equals("flyway") ? "FLYWAY_" : "LIQUIBASE_COMMAND_")
          + setting.toUpperCase(Locale.ROOT);
    }

    private String declaration(Path driver) {
      boolean flyway = name.equals("flyway");
      String database =
          flyway && Integer.parseInt(version.replaceAll("\\..*", "")) >= 10
              ? dependency("org.flywaydb", "flyway-database-postgresql", version, "")
              : "";
      String group = flyway ? "org.flywaydb" : "org.liquibase";
      return "<groupId>%s</groupId><artifactId>%s-maven-plugin</artifactId><version>%s</version>"
              .formatted(group, name, version)
          + "<dependencies>"
          + database
          + dependency(
              "oracle",
              "driver",
              "1",
              "<scope>system</scope><systemPath>" + driver + "</systemPath>")
          + "</dependencies>";
    }

    private static String dependency(String group, String artifact, String version, String more) {
      return "<dependency><groupId>%s</groupId><artifactId>%s</artifactId><version>%s</version>%s</dependency>"
          .formatted(group, artifact, version, more);
    }
  }

  /**
   * What is around all modules.
   *
   * @param environment variables
   * @param typed what {@code -D} has
   * @param home the text of {@code flyway.conf} in the home directory
   * @param started the text of {@code flyway.conf} where Maven is started
   */
  record Surroundings(
      Map<String, String> environment, Map<String, String> typed, String home, String started) {

    static Surroundings none() {
      return new Surroundings(Map.of(), Map.of(), "", "");
    }
  }

  /** A module that uses the tool. */
  static final class Module {

    private final String name;
    private final Map<String, String> properties = new LinkedHashMap<>();
    private final Map<String, String> later = new LinkedHashMap<>();
    private final Map<String, String> executions = new LinkedHashMap<>();
    private final Map<String, String> files = new LinkedHashMap<>();
    private final StringBuilder configuration = new StringBuilder();
    private boolean wide;
    private boolean random;
    private @Nullable String runs;
    private @Nullable String asks;
    private @Nullable String refused;

    Module(String name) {
      this.name = name;
    }

    String name() {
      return name;
    }

    /** Adds to the plugin's own configuration. */
    Module configuration(String elements) {
      configuration.append(elements);
      return this;
    }

    /** Adds an execution; without any there is one of the id {@code it}. */
    Module execution(String id, String elements) {
      executions.put(id, elements);
      return this;
    }

    Module property(String key, String value) {
      properties.put(key, value);
      return this;
    }

    /** A property that an earlier plugin of the build sets. */
    Module later(String key, String value) {
      later.put(key, value);
      return this;
    }

    Module file(String path, String text) {
      files.put(path, text);
      return this;
    }

    /** The same, in UTF-16. */
    Module file16(String path, String text) {
      wide = true;
      return file(path, text);
    }

    /** Runs this execution alone, and asks for it. */
    Module named(String id) {
      return runs(id).asks(id);
    }

    Module runs(String id) {
      runs = id;
      return this;
    }

    Module asks(String id) {
      asks = id;
      return this;
    }

    /** We refuse it with these words. */
    Module refused(@Nullable String words) {
      refused = words;
      return this;
    }

    /** It may be refused, for reasons of its own. */
    Module ofChance() {
      random = true;
      return this;
    }

    boolean random() {
      return random;
    }

    @Nullable String refused() {
      return refused;
    }

    private String pom(Tool tool, Path driver) {
      return "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">"
          + "<modelVersion>4.0.0</modelVersion><groupId>oracle</groupId><artifactId>"
          + name
          + "</artifactId><version>1</version><packaging>pom</packaging><properties>"
          + joined(properties, "<%1$s>%2$s</%1$s>")
          + "</properties><build><plugins>"
          + earlier()
          + "<plugin>"
          + tool.declaration(driver)
          + "<configuration><driver>"
          + RecordingDriver.class.getName()
          + "</driver>"
          + configuration
          + "</configuration><executions>"
          + executions(tool.name().equals("flyway") ? "info" : "listLocks")
          + "</executions></plugin></plugins></build></project>";
    }

    private String executions(String goal) {
      if (executions.isEmpty()) {
        return execution("it", "initialize", goal, "");
      }
      return executions.entrySet().stream()
          .map(
              execution ->
                  execution(
                      execution.getKey(),
                      runs == null || runs.equals(execution.getKey()) ? "initialize" : "none",
                      goal,
                      execution.getValue()))
          .collect(Collectors.joining());
    }

    private static String execution(String id, String phase, String goal, String elements) {
      return """
          <execution><id>%s</id><phase>%s</phase><goals><goal>%s</goal></goals>
          <configuration>%s</configuration></execution>
          """
          .formatted(id, phase, goal, elements);
    }

    private String earlier() {
      if (later.isEmpty()) {
        return "";
      }
      return "<plugin><groupId>org.codehaus.mojo</groupId>"
          + "<artifactId>build-helper-maven-plugin</artifactId><version>3.6.1</version><executions>"
          + joined(
              later,
              "<execution><id>%1$s</id><phase>validate</phase><goals><goal>regex-property</goal>"
                  + "</goals><configuration><name>%1$s</name><value>%2$s</value>"
                  + "<regex>^$</regex><failIfNoMatch>false</failIfNoMatch></configuration>"
                  + "</execution>")
          + "</executions></plugin>";
    }

    private static String joined(Map<String, String> entries, String format) {
      return entries.entrySet().stream()
          .map(entry -> format.formatted(entry.getKey(), entry.getValue()))
          .collect(Collectors.joining());
    }

    @Override
    public String toString() {
      return "properties "
          + properties
          + ", later "
          + later
          + ", configuration "
          + configuration
          + ", executions "
          + executions
          + ", files "
          + files;
    }
  }
}
