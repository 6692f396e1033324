package io.github.pgkill.connection.spring;

import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.build.SpringProject;
import io.github.pgkill.model.failure.PgkillFailure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What takes part in Spring's choice of a database and is not read here. */
final class SpringRefusals {

  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+).*");

  private SpringRefusals() {}

  /** Refuses what is there before any file is read. */
  static void before(BuildContext build) {
    build.spring().bootVersion().ifPresent(SpringRefusals::refuseOld);
    refusePlugin(build);
    SpringProject project = build.spring();
    List<Path> folders =
        List.of(
            build.baseDirectory(),
            build.baseDirectory().resolve("config"),
            build.baseDirectory().resolve("src/main/resources"),
            build.baseDirectory().resolve("src/main/resources/config"),
            project.classes(),
            project.classes().resolve("config"));
    for (Path folder : folders) {
      for (String extension : List.of("properties", "yml", "yaml")) {
        refuseFile(folder.resolve("bootstrap." + extension), "Spring Cloud asks a server by it");
      }
    }
    Path home = build.environment().home();
    refuseFile(home.resolve(".spring-boot-devtools.properties"), "devtools let it win");
    for (String extension : List.of("properties", "yml", "yaml")) {
      refuseFile(
          home.resolve(".config/spring-boot/spring-boot-devtools." + extension),
          "devtools let it win");
    }
  }

  /** What Spring Boot's Maven plugin gives to the application that it starts. */
  private static void refusePlugin(BuildContext build) {
    Map<String, String> plugin = new HashMap<>(build.plugin().configuration());
    Optional.ofNullable(build.projectProperties().get("spring-boot.run.profiles"))
        .ifPresent(profiles -> plugin.put("profiles", profiles));
    boolean typed =
        build.userProperties().keySet().stream()
            .anyMatch(Set.of("spring.profiles.active", "spring-boot.run.profiles")::contains);
    if (plugin.containsKey("profiles") && !typed) {
      throw new PgkillFailure(
          "the spring-boot-maven-plugin of this build starts the application with profiles of its"
              + " own",
          "Type -Dspring.profiles.active=..., or give -Dpgkill.url.");
    }
    for (String name : List.of("arguments", "commandlineArguments", "jvmArguments")) {
      if (plugin.getOrDefault(name, "").contains("spring.")) {
        throw refused("the spring-boot-maven-plugin has " + name + " for the application");
      }
    }
    for (String name : List.of("environmentVariables", "systemPropertyVariables")) {
      if (plugin.containsKey(name)) {
        throw refused("the spring-boot-maven-plugin has " + name + " for the application");
      }
    }
  }

  private static void refuseOld(String version) {
    Matcher numbers = VERSION.matcher(version);
    if (numbers.matches()
        && (version.startsWith("1.")
            || (numbers.group(1).equals("2") && Integer.parseInt(numbers.group(2)) < 4))) {
      throw refused("Spring Boot " + version + " reads its files in an order of its own");
    }
  }

  private static void refuseFile(Path file, String why) {
    if (Files.isRegularFile(file)) {
      throw refused(file + " is there: " + why);
    }
  }

  /** Refuses what the settings themselves switch on. */
  static void after(BuildContext build, SpringEnvironment environment) {
    if (environment.get("spring.config.use-legacy-processing").isPresent()) {
      throw refused("spring.config.use-legacy-processing has an order of its own");
    }
    boolean compose =
        build
                .spring()
                .dependencies()
                .contains("org.springframework.boot:spring-boot-docker-compose")
            && environment
                .get("spring.docker.compose.enabled")
                .filter(enabled -> enabled.text().equalsIgnoreCase("false"))
                .isEmpty();
    if (compose) {
      throw new PgkillFailure(
          "spring-boot-docker-compose is a dependency: a database that it finds in a compose file"
              + " beats spring.datasource.url",
          "Type -Dspring.docker.compose.enabled=false where it does not, or give -Dpgkill.url.");
    }
  }

  private static PgkillFailure refused(String problem) {
    return new PgkillFailure(problem, "Give -Dpgkill.url instead of connectionFrom.");
  }
}
