package io.github.pgkill.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The Maven that runs the tests, or another one, run on another project. */
public final class RealMaven {

  private static final int PATIENCE_MINUTES = 8;

  private final Path directory;
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final List<String> more = new ArrayList<>();
  private String options = String.join(" ", Jvm.SHORT_LIVED);
  private @Nullable Path installed = runningMaven();
  private Path repository = ownRepository();

  /** On the project in that directory. */
  public RealMaven(Path directory) {
    this.directory = directory;
  }

  public RealMaven environment(Map<String, String> variables) {
    environment.putAll(variables);
    return this;
  }

  /** For a user with that home directory. */
  public RealMaven home(Path home) {
    options += " -Duser.home=" + home;
    return this;
  }

  /** Not the one that runs the tests, but the one that is installed there. */
  public RealMaven installed(Path home) {
    installed = home;
    return this;
  }

  /** With that local repository. */
  public RealMaven repository(Path local) {
    repository = local;
    return this;
  }

  public RealMaven settings(Path file) {
    more.addAll(List.of("-s", file.toString()));
    return this;
  }

  public RealMaven typed(Map<String, String> properties) {
    properties.forEach((name, value) -> more.add("-D" + name + "=" + value));
    return this;
  }

  /** All that it prints; a module that fails keeps none of the others from being built. */
  public List<String> run(String goal) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(argv(goal)).directory(directory.toFile()).redirectErrorStream(true);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("(FLYWAY|LIQUIBASE)_.*|MAVEN_(PROJECT)?BASEDIR"));
    builder.environment().putAll(environment);
    builder.environment().put("MAVEN_OPTS", options);
    Process maven = builder.start();
    CompletableFuture.delayedExecutor(PATIENCE_MINUTES, TimeUnit.MINUTES)
        .execute(maven::destroyForcibly);
    try (var reader = maven.inputReader()) {
      return reader.lines().toList();
    } finally {
      maven.waitFor();
    }
  }

  private List<String> argv(String goal) {
    String mvn =
        System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows")
            ? "mvn.cmd"
            : "mvn";
    List<String> argv = new ArrayList<>();
    argv.add(installed == null ? mvn : installed.resolve("bin").resolve(mvn).toString());
    argv.addAll(List.of("-B", "-ntp", "-fae", "-Dstyle.color=never", goal));
    argv.add("-Dmaven.repo.local=" + repository);
    Path own = Path.of(System.getProperty("user.home"), ".m2", "settings.xml");
    if (Files.isRegularFile(own)) {
      argv.addAll(List.of("-gs", own.toString()));
    }
    argv.addAll(more);
    return argv;
  }

  private static @Nullable Path runningMaven() {
    String home = System.getProperty("maven.home");
    return home == null ? null : Path.of(home);
  }

  private static Path ownRepository() {
    String told = System.getProperty("localRepository");
    return told == null
        ? Path.of(System.getProperty("user.home"), ".m2", "repository")
        : Path.of(told);
  }
}
