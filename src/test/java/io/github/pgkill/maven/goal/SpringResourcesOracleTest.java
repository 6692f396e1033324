package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.maven.goal.MigrationToolsBuild.Asked;
import io.github.pgkill.testing.RealMaven;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.maven.plugin.MojoExecution;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Which file of a project becomes Spring's configuration, and what filtering makes of it: the real
 * resources plugin is asked in a copy of each module, {@code connectionFrom=spring} in a module
 * that was never built. The answer is the same, or a refusal.
 */
@Tag("slow")
class SpringResourcesOracleTest {

  private static final String FILE = "application.properties";
  private static final String KEY = "spring.datasource.url";

  /** How Spring Boot's parent POM has files filtered. */
  private static final String AS_SPRING_BOOTS_PARENT =
      "<plugins><plugin><artifactId>maven-resources-plugin</artifactId><configuration>"
          + "<delimiters><delimiter>@</delimiter></delimiters>"
          + "<useDefaultDelimiters>false</useDefaultDelimiters>"
          + "</configuration></plugin></plugins>";

  @TempDir Path directory;

  /**
   * A module: what its POM says of resources, and files with the URL that each names. Where its
   * name says so, it is refused though the plugin copies something: two files for one name, and
   * what still holds an expression.
   */
  private record Module(String name, String properties, String build, Map<String, String> files) {}

  private final List<Module> modules = new ArrayList<>();

  @Test
  void whatTheResourcesPluginCopiesIsTaken() throws Exception {
    tabulate();
    Path built = write("built");
    Path fresh = write("fresh");
    List<String> output = new RealMaven(built).run("process-resources");

    List<String> wrong = new ArrayList<>();
    int same = 0;
    for (Module module : modules) {
      String real = copied(built.resolve(module.name()), output);
      Asked asked = taken(fresh.resolve(module.name()));
      String ours =
          asked.refusal().isEmpty()
              ? "jdbc:postgresql://" + asked.server().replaceAll(":5432$", "") + "/shop"
              : "";
      if (ours.equals(real)) {
        same++;
      } else if (!ours.isEmpty()) {
        wrong.add(module.name() + ": " + ours + " instead of " + real);
      } else if (!module.name().startsWith("refused-")) {
        wrong.add(module.name() + ": " + asked.refusal() + " instead of " + real);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(same).isGreaterThan(modules.size() / 2);
  }

  private void tabulate() {
    String usual = "src/main/resources/" + FILE;
    module("usual", "", "", Map.of(usual, "a"));
    module("refused-unfiltered-at", "<h>b</h>", "", Map.of(usual, "@h@"));
    module("other-directory", "", resource("conf", ""), Map.of(usual, "a", "conf/" + FILE, "b"));
    module(
        "refused-two-directories",
        "",
        resource("conf", "") + resource("src/main/resources", ""),
        Map.of(usual, "a", "conf/" + FILE, "b"));
    module(
        "refused-the-other-order",
        "",
        resource("src/main/resources", "") + resource("conf", ""),
        Map.of(usual, "a", "conf/" + FILE, "b"));
    module(
        "target-path",
        "",
        resource("conf", "<targetPath>config</targetPath>") + resource("src/main/resources", ""),
        Map.of(usual, "a", "conf/" + FILE, "b"));
    module(
        "out-of-a-folder",
        "",
        resource("conf", "<includes><include>dev/*</include></includes>"),
        Map.of("conf/dev/" + FILE, "b"));
    module("excluded", "", resource("src/main/resources", excludes(FILE)), Map.of(usual, "a"));
    module(
        "excluded-by-pattern",
        "",
        resource("src/main/resources", excludes("**/*.properties")) + resource("conf", ""),
        Map.of(usual, "a", "conf/" + FILE, "b"));
    module(
        "excluded-folder",
        "",
        resource("src/main/resources", excludes("config/")),
        Map.of(usual, "a", "src/main/resources/config/" + FILE, "b"));
    module(
        "included",
        "",
        resource("src/main/resources", "<includes><include>*.yml</include></includes>"),
        Map.of(usual, "a"));
    module(
        "filtered",
        "<h>b</h>",
        resource("src/main/resources", "<filtering>true</filtering>"),
        Map.of(usual, "@h@"));
    module(
        "filtered-dollars",
        "<h>b</h>",
        resource("src/main/resources", "<filtering>true</filtering>"),
        Map.of(usual, "${h}"));
    module(
        "filtered-by-at-alone",
        "<h>b</h>",
        resource("src/main/resources", "<filtering>true</filtering>"),
        Map.of(usual, "@h@"));
    module(
        "refused-filtered-by-at-alone",
        "<h>b</h>",
        resource("src/main/resources", "<filtering>true</filtering>"),
        Map.of(usual, "${h}"));
    module(
        "filtered-version",
        "",
        resource("src/main/resources", "<filtering>true</filtering>"),
        Map.of(usual, "v@project.version@"));
    module(
        "filtered-artifact",
        "",
        resource("src/main/resources", "<filtering>true</filtering>"),
        Map.of(usual, "@project.artifactId@"));
    module(
        "filtered-here-and-not-there",
        "<h>b</h>",
        resource("src/main/resources", excludes(FILE) + "<filtering>true</filtering>")
            + resource("conf", ""),
        Map.of(usual, "@h@", "conf/" + FILE, "c"));
  }

  private void module(String name, String properties, String resources, Map<String, String> hosts) {
    String build =
        (resources.isEmpty() ? "" : "<resources>" + resources + "</resources>")
            + (name.endsWith("by-at-alone") ? AS_SPRING_BOOTS_PARENT : "");
    Map<String, String> files = new LinkedHashMap<>();
    hosts.forEach((file, host) -> files.put(file, KEY + "=jdbc:postgresql://" + host + "/shop\n"));
    modules.add(new Module(name, properties, build, files));
  }

  private static String resource(String directory, String more) {
    return "<resource><directory>" + directory + "</directory>" + more + "</resource>";
  }

  private static String excludes(String pattern) {
    return "<excludes><exclude>" + pattern + "</exclude></excludes>";
  }

  private Path write(String name) throws IOException {
    Path root = Files.createDirectory(directory.resolve(name));
    for (Module module : modules) {
      Path home = Files.createDirectory(root.resolve(module.name()));
      Files.writeString(
          home.resolve("pom.xml"),
          Build.pom(module.properties(), module.build())
              .replace("<packaging>pom</packaging>", "")
              .replace(">shop<", ">" + module.name() + "<"));
      for (Map.Entry<String, String> file : module.files().entrySet()) {
        Path path = home.resolve(file.getKey());
        Files.createDirectories(path.getParent());
        Files.writeString(path, file.getValue());
      }
    }
    Files.writeString(
        root.resolve("pom.xml"),
        Build.pom("", "")
            .replace(
                "<build></build>",
                modules.stream()
                    .map(module -> "<module>" + module.name() + "</module>")
                    .collect(Collectors.joining("", "<modules>", "</modules>"))));
    return root;
  }

  /** What is on the class path, in Spring's order of places; empty where there is nothing. */
  private static String copied(Path module, List<String> output) throws IOException {
    assertThat(module.resolve("target")).as(String.join("\n", output)).exists();
    for (String place : List.of("config/", "")) {
      Path file = module.resolve("target/classes/" + place + FILE);
      if (Files.exists(file)) {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
          properties.load(reader);
        }
        return properties.getProperty(KEY);
      }
    }
    return "";
  }

  private Asked taken(Path module) throws IOException {
    Build.Prepared build =
        Build.withPom(module, Files.readString(module.resolve("pom.xml")))
            .prepare("terminate", "default-cli", MojoExecution.Source.CLI, null);
    Properties system = new Properties();
    system.setProperty("user.dir", module.toString());
    return MigrationToolsBuild.taken(
        build, new Environment(Map.of(), directory, "nobody"), system, "spring");
  }
}
