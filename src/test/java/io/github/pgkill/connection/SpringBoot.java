package io.github.pgkill.connection;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * One version of Spring Boot in a class loader of its own, with nothing of this build's class path;
 * the POM copies its jars to {@code target/spring}.
 */
final class SpringBoot implements AutoCloseable {

  private final String name;
  private final URLClassLoader loader;
  private final Function<Map<String, Object>, Map<String, String>> application;

  @SuppressWarnings("unchecked")
  private SpringBoot(Path jars, Path base) throws IOException, ReflectiveOperationException {
    System.setProperty("org.springframework.boot.logging.LoggingSystem", "none");
    System.setProperty("spring.backgroundpreinitializer.ignore", "true");
    this.name = jars.getFileName().toString();
    Path classes = Files.createDirectories(base.resolve("target/spring-answer").resolve(name));
    List<Path> classPath;
    try (Stream<Path> files = Files.list(jars)) {
      classPath = files.filter(file -> file.toString().endsWith(".jar")).toList();
    }
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                classPath.stream()
                    .map(Path::toString)
                    .collect(Collectors.joining(File.pathSeparator)),
                base.resolve("src/test/spring/SpringAnswer.java").toString());
    if (result != 0) {
      throw new IOException("SpringAnswer does not compile against " + jars);
    }
    List<URL> urls = new ArrayList<>(List.of(classes.toUri().toURL()));
    for (Path jar : classPath) {
      urls.add(jar.toUri().toURL());
    }
    this.loader =
        new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    this.application =
        (Function<Map<String, Object>, Map<String, String>>)
            loader.loadClass("SpringAnswer").getDeclaredConstructor().newInstance();
  }

  /** All versions that the POM names. */
  static List<SpringBoot> all() throws IOException, ReflectiveOperationException {
    Path base = Path.of(System.getProperty("basedir", "."));
    List<SpringBoot> all = new ArrayList<>();
    try (Stream<Path> versions = Files.list(base.resolve("target/spring"))) {
      for (Path jars : versions.sorted().toList()) {
        all.add(new SpringBoot(jars, base));
      }
    }
    return all;
  }

  /** Which url, user and password the application would take; {@code failed} when it dies. */
  Map<String, String> answer(
      Path directory, Map<String, String> properties, Map<String, String> variables) {
    Map<String, Object> question = new HashMap<>();
    question.put("directory", directory);
    question.put("classes", directory.resolve("src/main/resources"));
    question.put("properties", new HashMap<>(properties));
    question.put("variables", new HashMap<>(variables));
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try {
      return application.apply(question);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Override
  public void close() throws IOException {
    loader.close();
  }

  @Override
  public String toString() {
    return "Spring Boot " + name;
  }
}
