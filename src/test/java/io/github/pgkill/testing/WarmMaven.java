package io.github.pgkill.testing;

import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A JVM that runs one Maven build after the other, each with a container of its own. A page has
 * dozens of commands, and a Maven that has to be started costs more than the command.
 */
public final class WarmMaven implements AutoCloseable {

  private static final int PATIENCE_MINUTES = 5;

  private final Process process;
  private final PrintStream commands;
  private final BufferedReader answers;

  private WarmMaven(Process process) {
    this.process = process;
    commands = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * @param home the Maven to run
   * @param environment variables that its builds have beside ours
   */
  public static WarmMaven start(Path home, Map<String, String> environment) throws IOException {
    List<String> argv = new ArrayList<>(Jvm.command(WarmMaven.class, home.toString()));
    argv.add(1, "-Dmaven.home=" + home);
    argv.add(2, "-Dmaven.conf=" + home.resolve("conf"));
    argv.add(3, "-Dstyle.color=never");
    ProcessBuilder builder = new ProcessBuilder(argv);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeIf(name -> name.matches("(FLYWAY|LIQUIBASE|PG).*"));
    builder.environment().putAll(environment);
    return new WarmMaven(builder.start());
  }

  /** What one build said. */
  public record Said(int exitCode, List<String> lines) {}

  /** Runs Maven once. */
  public Said run(Path directory, List<String> arguments) throws IOException {
    Path output = Files.createTempFile(directory, "maven", ".log");
    CompletableFuture<Void> bound = new CompletableFuture<>();
    bound
        .orTimeout(PATIENCE_MINUTES, TimeUnit.MINUTES)
        .exceptionally(
            late -> {
              process.destroyForcibly();
              return null;
            });
    commands.println(directory);
    commands.println(output);
    commands.println(arguments.size());
    arguments.forEach(commands::println);
    String answer = answers.readLine();
    bound.complete(null);
    List<String> lines = Files.readAllLines(output);
    Files.delete(output);
    if (answer == null) {
      throw new AssertionError("Maven broke off: " + String.join("\n", lines));
    }
    return new Said(Integer.parseInt(answer), lines);
  }

  @Override
  public void close() throws IOException {
    commands.close();
    try {
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The JVM itself: reads a directory, a file for the output and the arguments, and answers with
   * the exit code.
   */
  public static void main(String[] arguments) throws Exception {
    PrintStream answers = System.out;
    Switch output = new Switch();
    PrintStream told = new PrintStream(output, true, StandardCharsets.UTF_8);
    System.setOut(told);
    System.setErr(told);
    Builds builds = new Builds(Path.of(arguments[0]));
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String directory = line;
      Path file = Path.of(commands.readLine());
      int count = Integer.parseInt(commands.readLine());
      List<String> argv = new ArrayList<>();
      while (argv.size() < count) {
        argv.add(commands.readLine());
      }
      int exitCode;
      try (OutputStream out = new FileOutputStream(file.toFile())) {
        output.to = out;
        exitCode = builds.run(directory, argv, told);
        told.flush();
        output.to = OutputStream.nullOutputStream();
      }
      answers.println(exitCode);
      answers.flush();
    }
    System.exit(0);
  }

  /** Maven's own command line, in a class loader that has nothing of ours. */
  private static final class Builds {

    private final Constructor<?> newCommandLine;
    private final Object world;
    private final Method run;

    Builds(Path home) throws Exception {
      List<URL> jars = new ArrayList<>();
      for (String folder : List.of("boot", "lib")) {
        try (Stream<Path> files = Files.list(home.resolve(folder))) {
          for (Path jar : files.filter(file -> file.toString().endsWith(".jar")).toList()) {
            jars.add(jar.toUri().toURL());
          }
        }
      }
      // how Maven's lines look
      jars.add(home.resolve("conf/logging/").toUri().toURL());
      ClassLoader maven =
          new URLClassLoader(jars.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
      Thread.currentThread().setContextClassLoader(maven);
      Class<?> worldClass = maven.loadClass("org.codehaus.plexus.classworlds.ClassWorld");
      world =
          worldClass
              .getConstructor(String.class, ClassLoader.class)
              .newInstance("plexus.core", maven);
      Class<?> commandLine = maven.loadClass("org.apache.maven.cli.MavenCli");
      newCommandLine = commandLine.getConstructor(worldClass);
      run =
          commandLine.getMethod(
              "doMain", String[].class, String.class, PrintStream.class, PrintStream.class);
    }

    int run(String directory, List<String> arguments, PrintStream told) throws Exception {
      Properties before = (Properties) System.getProperties().clone();
      System.setProperty("maven.multiModuleProjectDirectory", directory);
      try {
        return (int)
            run.invoke(
                newCommandLine.newInstance(world),
                arguments.toArray(String[]::new),
                directory,
                told,
                told);
      } finally {
        // Maven makes system properties of what is typed
        System.setProperties(before);
      }
    }
  }

  /** Where output goes at the moment. */
  private static final class Switch extends OutputStream {

    private volatile OutputStream to = OutputStream.nullOutputStream();

    @Override
    public void write(int b) throws IOException {
      to.write(b);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      to.write(bytes, from, length);
    }
  }
}
