package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.testing.RealMaven;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  private static final String USUAL = "src/main/resources";
  private static final String FILTERED = "<filtering>true</filtering>";

  /** What is put in the place of an expression. */
  private static final String PROPERTIES = "<h>b</h>";

  /** How Spring Boot's parent POM has files filtered. */
  private static final String AT_ALONE =
      "<plugins><plugin><artifactId>maven-resources-plugin</artifactId><configuration>"
          + "<delimiters><delimiter>@</delimiter></delimiters>"
          + "<useDefaultDelimiters>false</useDefaultDelimiters>"
          + "</configuration></plugin></plugins>";

  @TempDir Path directory;

  /**
   * A module.
   *
   * @param build what its POM says of resources
   * @param hosts the host in the URL of each directory's file
   * @param refused whether it is refused though the plugin copies something: two files for one
   *     name, and what still holds an expression
   */
  private record Module(String name, String build, Map<String, String> hosts, boolean refused) {}

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
      Asked asked = asked(fresh.resolve(module.name()));
      String ours =
          asked.refusal().isEmpty()
              ? "jdbc:postgresql://" + asked.server().replaceAll(":5432$", "") + "/shop"
              : "";
      if (ours.equals(real)) {
        same++;
      } else if (!ours.isEmpty()) {
        wrong.add(module.name() + ": " + ours + " instead of " + real);
      } else if (!module.refused()) {
        wrong.add(module.name() + ": " + asked.refusal() + " instead of " + real);
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(same).isGreaterThan(modules.size() / 2);
  }

  private void tabulate() {
    Map<String, String> both = Map.of(USUAL, "a", "conf", "b");
    taken("usual", "", Map.of(USUAL, "a"));
    taken("other-directory", all(resource("conf")), both);
    refused("two-directories", all(resource("conf"), resource(USUAL)), both);
    refused("the-other-order", all(resource(USUAL), resource("conf")), both);
    taken(
        "target-path",
        all(resource("conf", "<targetPath>config</targetPath>"), resource(USUAL)),
        both);
    taken("out-of-a-folder", all(resource("conf", includes("dev/*"))), Map.of("conf/dev", "b"));
    taken("excluded", all(resource(USUAL, excludes(FILE))), Map.of(USUAL, "a"));
    taken(
        "excluded-by-pattern",
        all(resource(USUAL, excludes("**/*.properties")), resource("conf")),
        both);
    taken(
        "excluded-folder",
        all(resource(USUAL, excludes("config/"))),
        Map.of(USUAL, "a", USUAL + "/config", "b"));
    taken("not-included", all(resource(USUAL, includes("*.yml"))), Map.of(USUAL, "a"));
    refused("unfiltered", "", Map.of(USUAL, "@h@"));
    taken("filtered", all(resource(USUAL, FILTERED)), Map.of(USUAL, "@h@"));
    taken("filtered-dollars", all(resource(USUAL, FILTERED)), Map.of(USUAL, "${h}"));
    taken("filtered-version", all(resource(USUAL, FILTERED)), Map.of(USUAL, "v@project.version@"));
    taken(
        "filtered-artifact", all(resource(USUAL, FILTERED)), Map.of(USUAL, "@project.artifactId@"));
    taken("filtered-at-alone", all(resource(USUAL, FILTERED)) + AT_ALONE, Map.of(USUAL, "@h@"));
    refused("dollars-at-alone", all(resource(USUAL, FILTERED)) + AT_ALONE, Map.of(USUAL, "${h}"));
    taken(
        "filtered-here-and-not-there",
        all(resource(USUAL, excludes(FILE), FILTERED), resource("conf")),
        Map.of(USUAL, "@h@", "conf", "c"));
  }

  private void taken(String name, String build, Map<String, String> hosts) {
    modules.add(new Module(name, build, hosts, false));
  }

  private void refused(String name, String build, Map<String, String> hosts) {
    modules.add(new Module(name, build, hosts, true));
  }

  private static String all(String... resources) {
    return "<resources>" + String.join("", resources) + "</resources>";
  }

  private static String resource(String directory, String... rules) {
    return "<resource><directory>"
        + directory
        + "</directory>"
        + String.join("", rules)
        + "</resource>";
  }

  private static String includes(String pattern) {
    return "<includes><include>" + pattern + "</include></includes>";
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
          Build.pom(PROPERTIES, module.build())
              .replace("<packaging>pom</packaging>", "")
              .replace(">shop<", ">" + module.name() + "<"));
      for (Map.Entry<String, String> host : module.hosts().entrySet()) {
        Path place = Files.createDirectories(home.resolve(host.getKey()));
        Files.writeString(
            place.resolve(FILE), KEY + "=jdbc:postgresql://" + host.getValue() + "/shop\n");
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

  private static Asked asked(Path module) throws IOException {
    Build.Prepared build =
        Build.withPom(module, Files.readString(module.resolve("pom.xml")))
            .prepare("terminate", "default-cli", MojoExecution.Source.CLI, null);
    Properties system = new Properties();
    system.setProperty("user.dir", module.toString());
    return Asked.by("spring", build, new Environment(Map.of(), module, "nobody"), system);
  }
}
