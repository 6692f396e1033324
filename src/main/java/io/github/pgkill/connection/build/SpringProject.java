package io.github.pgkill.connection.build;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What a Maven project says of the application that it builds.
 *
 * @param classes where the class path root is written to
 * @param resources the source files that become a name on the class path
 * @param expressions what resource filtering puts in place of an expression
 * @param dollars whether filtering replaces <code>${...}</code>, too; Spring Boot's parent POM has
 *     it replace only {@code @...@}
 * @param dependencies {@code group:artifact} of each direct dependency
 * @param bootVersion the version of Spring Boot; empty when no dependency tells it
 */
public record SpringProject(
    Path classes,
    Function<String, List<Resource>> resources,
    Function<String, Optional<String>> expressions,
    boolean dollars,
    Set<String> dependencies,
    Optional<String> bootVersion) {

  /**
   * A source file.
   *
   * @param file where it is
   * @param filtered whether resource filtering changes it on its way to the class path
   */
  public record Resource(Path file, boolean filtered) {}

  public SpringProject {
    dependencies = Set.copyOf(dependencies);
  }

  /** The same project before anything was written to its class path. */
  public SpringProject notBuilt() {
    return new SpringProject(
        classes.resolve("nothing"), resources, expressions, dollars, dependencies, bootVersion);
  }

  /** A project in Maven's usual places that filters nothing. */
  public static SpringProject at(Path directory) {
    return new SpringProject(
        directory.resolve("target/classes"),
        name -> {
          Path file = directory.resolve("src/main/resources").resolve(name);
          return Files.isRegularFile(file) ? List.of(new Resource(file, false)) : List.of();
        },
        expression -> Optional.empty(),
        true,
        Set.of(),
        Optional.empty());
  }
}
