package io.github.pgkill.maven.goal;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;

/**
 * A JVM that runs one build after the other, as the lines of its input say: {@code
 * goal,goal&property=value}, encoded as a URL's query. It says what the goals say, and ends a build
 * with a line that begins with {@link #DONE}. It is there to be killed in the middle.
 */
public final class SteeredBuild {

  /** Begins the line that tells how a build ended. */
  public static final String DONE = "> ";

  private final Path directory;

  private SteeredBuild(Path directory) {
    this.directory = directory;
  }

  /** Takes the directory to run in. */
  public static void main(String[] arguments) throws IOException {
    SteeredBuild builds = new SteeredBuild(Path.of(arguments[0]));
    Build.withoutPom(builds.directory)
        .prepare("terminate", "default-cli", MojoExecution.Source.CLI, null);
    say(DONE + "ready");
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      say(DONE + encoded(builds.run(line)));
    }
    // as Maven does: what is still closed is opened by the shutdown hook
    System.exit(0);
  }

  private String run(String line) {
    String[] parts = line.split("&");
    List<String> goals = Arrays.asList(parts[0].split(","));
    Map<String, String> properties = new TreeMap<>();
    for (String part : Arrays.asList(parts).subList(1, parts.length)) {
      int equals = part.indexOf('=');
      properties.put(part.substring(0, equals), decoded(part.substring(equals + 1)));
    }
    Build build =
        Build.withoutPom(directory)
            .properties(properties)
            .ofGoals(goals)
            .heardBy(SteeredBuild::hear);
    String outcome = "";
    for (String goal : goals) {
      say("pgkill:" + goal);
      outcome = outcome(build.run(goal).failure());
      if (!outcome.isEmpty()) {
        outcome = goal + " " + outcome;
        break;
      }
    }
    return outcome + end(build);
  }

  private static String end(Build build) {
    try {
      build.end();
      return "";
    } catch (Exception e) {
      return " at the end: " + outcome(e);
    }
  }

  private static String outcome(Exception failure) {
    if (failure == null) {
      return "";
    }
    boolean foreseen =
        failure instanceof MojoFailureException
            || failure instanceof MojoExecutionException
            || failure instanceof io.github.pgkill.model.failure.PgkillException;
    if (!foreseen) {
      failure.printStackTrace(System.out);
    }
    return (foreseen ? "failed: " : "UNFORESEEN " + failure.getClass().getName() + ": ")
        + failure.getMessage();
  }

  private static void hear(String line) {
    if (!line.startsWith("debug ")) {
      say(line);
    }
  }

  private static synchronized void say(String line) {
    PrintStream out = System.out;
    out.println(line);
    out.flush();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
