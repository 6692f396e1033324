package io.github.pgkill.connection.spring;

import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.build.PropertyFiles;
import io.github.pgkill.connection.build.SpringProject;
import io.github.pgkill.connection.spring.SpringLocation.Reference;
import io.github.pgkill.model.failure.PgkillFailure;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files that the application would see: its class path and its working directory, which is the
 * project's. The class path is read from {@code target/classes} where that is at least as new as
 * its source, else from the source with Maven's resource filtering done here.
 */
final class SpringFiles {

  private static final Pattern FILTERED = Pattern.compile("@([\\w.-]+)@|\\$\\{([\\w.-]+)}");

  private static final Pattern PROFILE_FILE =
      Pattern.compile("application-(.+)\\.(properties|ya?ml)");

  private final Path directory;
  private final SpringProject project;

  SpringFiles(BuildContext build) {
    this.directory = build.baseDirectory();
    this.project = build.spring();
  }

  /**
   * A file as Spring names it.
   *
   * @param location Spring's name of it, which imports beside it start from
   * @param path the file that is read
   * @param extension how it is read
   * @param filtered whether filtering has still to be done
   * @param profile the profile whose file it is; empty for everybody's
   */
  record Found(
      String location, Path path, String extension, boolean filtered, Optional<String> profile) {}

  /** The files at a location, which may have one {@code *} for the folders of a folder. */
  List<Found> find(Reference reference, Optional<String> profile) {
    String location = reference.path();
    String extension = reference.extension();
    if (location.startsWith("classpath:")) {
      String name = location.substring("classpath:".length()).replaceFirst("^/+", "");
      return onClassPath(Path.of(name).normalize().toString().replace('\\', '/'))
          .map(found -> new Found(location, found.file(), extension, found.filtered(), profile))
          .stream()
          .toList();
    }
    if (!location.contains("*")) {
      Path path = path(location);
      return Files.isRegularFile(path)
          ? List.of(new Found(location, path, extension, false, profile))
          : List.of();
    }
    return folders(location).stream()
        .map(folder -> folder.resolve(location.substring(location.lastIndexOf('/') + 1)))
        .filter(Files::isRegularFile)
        .map(file -> new Found(location, file, extension, false, profile))
        .toList();
  }

  /** The profiles that have files of their own, in force or not. */
  Set<String> profilesWithFiles() {
    Set<String> profiles = new TreeSet<>();
    Path resources = directory.resolve("src/main/resources");
    for (Path folder :
        List.of(
            resources,
            resources.resolve("config"),
            project.classes(),
            project.classes().resolve("config"),
            directory,
            directory.resolve("config"))) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> files = Files.list(folder)) {
          files
              .map(file -> PROFILE_FILE.matcher(file.getFileName().toString()))
              .filter(Matcher::matches)
              .forEach(name -> profiles.add(name.group(1)));
        } catch (IOException e) {
          throw PropertyFiles.unreadable(folder, e);
        }
      }
    }
    return profiles;
  }

  /** Whether a folder that must be there is. */
  boolean isFolder(String location) {
    return !location.startsWith("classpath:")
        && (location.contains("*")
            ? !folders(location).isEmpty()
            : Files.isDirectory(path(location)));
  }

  private List<Path> folders(String location) {
    Path parent = path(location.substring(0, location.indexOf('*')));
    if (!location.matches("[^*]*/\\*/[^/*]*") || !Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(parent)) {
      return folders
          .filter(Files::isDirectory)
          .filter(folder -> !folder.getFileName().toString().startsWith(".."))
          .sorted((a, b) -> a.toString().compareTo(b.toString()))
          .toList();
    } catch (IOException e) {
      throw PropertyFiles.unreadable(parent, e);
    }
  }

  private Path path(String location) {
    return directory.resolve(location.replaceFirst("^file:(//(?=/))?", "")).normalize();
  }

  private Optional<SpringProject.Resource> onClassPath(String name) {
    List<SpringProject.Resource> sources = project.resources().apply(name);
    if (sources.size() > 1) {
      throw new PgkillFailure(
          name
              + " is there more than once among the resources: "
              + sources.get(0).file()
              + " and "
              + sources.get(1).file(),
          "Keep one of them, or give -Dpgkill.url.");
    }
    Path built = project.classes().resolve(name);
    boolean current =
        Files.isRegularFile(built) && (sources.isEmpty() || !newer(sources.get(0).file(), built));
    return current
        ? Optional.of(new SpringProject.Resource(built, false))
        : sources.stream().findFirst();
  }

  private static boolean newer(Path file, Path than) {
    try {
      return Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(than)) > 0;
    } catch (IOException e) {
      throw PropertyFiles.unreadable(file, e);
    }
  }

  List<Map<String, String>> documents(Found found) {
    String extension = found.extension();
    boolean properties = extension.equals("properties");
    Charset charset = properties ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
    String text = PropertyFiles.text(found.path(), charset);
    if (found.filtered()) {
      text = filter(text);
    }
    if (properties) {
      return SpringPropertiesFile.documents(text, found.path());
    }
    if (extension.equals("xml")) {
      throw new PgkillFailure(
          shown(found.path()) + " is XML, which connectionFrom does not read",
          "Give -Dpgkill.url instead.");
    }
    refuseUnfiltered(text, found.path());
    return YamlFile.documents(text.startsWith("\uFEFF") ? text.substring(1) : text, found.path());
  }

  /** YAML has no value that starts with an at sign, so Maven has to have replaced it. */
  private void refuseUnfiltered(String text, Path file) {
    Matcher unfiltered = Pattern.compile("(?m)^[^#\\n]*?[:\\-\\[,{]\\s*(@[\\w.-]+@)").matcher(text);
    if (unfiltered.find()) {
      throw new PgkillFailure(
          shown(file)
              + " has "
              + unfiltered.group(1)
              + ", which resource filtering did not replace",
          "Run process-resources before, or give -Dpgkill.url.");
    }
  }

  private String filter(String text) {
    return FILTERED
        .matcher(text)
        .replaceAll(
            match -> {
              boolean at = match.group(1) != null;
              String name = match.group(at ? 1 : 2);
              return Matcher.quoteReplacement(
                  at || project.dollars()
                      ? project.expressions().apply(name).orElse(match.group())
                      : match.group());
            });
  }

  /** A file as people call it. */
  String shown(Path file) {
    return file.startsWith(directory)
        ? directory.relativize(file).toString().replace('\\', '/')
        : file.toString();
  }
}
