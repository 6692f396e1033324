package io.github.pgkill.maven.build;

import io.github.pgkill.connection.build.SpringProject;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.maven.model.Dependency;
import org.apache.maven.model.Plugin;
import org.apache.maven.model.Resource;
import org.apache.maven.project.MavenProject;
import org.codehaus.plexus.util.SelectorUtils;
import org.codehaus.plexus.util.xml.Xpp3Dom;

/** Hands over what the POM says of the Spring application that it builds. */
final class SpringApplicationOf {

  private static final String BOOT = "org.springframework.boot";
  private static final String RESOURCES = "org.apache.maven.plugins:maven-resources-plugin";

  private final MavenProject project;
  private final Properties typed;

  SpringApplicationOf(MavenProject project, Properties typed) {
    this.project = project;
    this.typed = typed;
  }

  SpringProject read(Path directory) {
    String classes = project.getBuild().getOutputDirectory();
    return new SpringProject(
        classes == null ? directory.resolve("target/classes") : directory.resolve(classes),
        name -> resources(directory, name),
        this::expression,
        dollars(),
        project.getDependencies().stream()
            .map(dependency -> dependency.getGroupId() + ":" + dependency.getArtifactId())
            .collect(Collectors.toSet()),
        project.getDependencies().stream()
            .filter(dependency -> BOOT.equals(dependency.getGroupId()))
            .map(Dependency::getVersion)
            .filter(Objects::nonNull)
            .findFirst());
  }

  /** The source files that Maven copies to this name; the last of equal ones is one of two. */
  private List<SpringProject.Resource> resources(Path directory, String name) {
    List<SpringProject.Resource> found = new ArrayList<>();
    for (Resource resource : project.getResources()) {
      String target =
          Optional.ofNullable(resource.getTargetPath()).orElse("").replaceAll("/*$", "");
      if (!target.isEmpty() && !name.startsWith(target + "/")) {
        continue;
      }
      String own = target.isEmpty() ? name : name.substring(target.length() + 1);
      Path file = directory.resolve(resource.getDirectory()).resolve(own);
      if (Files.isRegularFile(file) && takes(resource, own)) {
        found.add(new SpringProject.Resource(file, resource.isFiltering()));
      }
    }
    return found;
  }

  private static boolean takes(Resource resource, String name) {
    String path = name.replace('/', File.separatorChar);
    return (resource.getIncludes().isEmpty() || matches(resource.getIncludes(), path))
        && !matches(resource.getExcludes(), path);
  }

  private static boolean matches(List<String> patterns, String path) {
    return patterns.stream()
        .map(pattern -> pattern.replace('/', File.separatorChar))
        .map(pattern -> pattern.endsWith(File.separator) ? pattern + "**" : pattern)
        .anyMatch(pattern -> SelectorUtils.matchPath(pattern, path));
  }

  private boolean dollars() {
    return Stream.ofNullable(project.getBuild().getPluginsAsMap().get(RESOURCES))
        .map(Plugin::getConfiguration)
        .filter(Xpp3Dom.class::isInstance)
        .map(configuration -> ((Xpp3Dom) configuration).getChild("useDefaultDelimiters"))
        .filter(Objects::nonNull)
        .noneMatch(element -> "false".equals(element.getValue()));
  }

  private Optional<String> expression(String name) {
    Map<String, String> own =
        Stream.of(
                Map.entry("version", project.getVersion()),
                Map.entry("artifactId", project.getArtifactId()),
                Map.entry("groupId", project.getGroupId()),
                Map.entry("name", Optional.ofNullable(project.getName()).orElse("")),
                Map.entry("description", Optional.ofNullable(project.getDescription()).orElse("")))
            .collect(Collectors.toMap(entry -> "project." + entry.getKey(), Map.Entry::getValue));
    return Optional.ofNullable(typed.getProperty(name))
        .or(() -> Optional.ofNullable(own.get(name.replaceFirst("^pom\\.", "project."))))
        .or(() -> Optional.ofNullable(project.getProperties().getProperty(name)));
  }
}
