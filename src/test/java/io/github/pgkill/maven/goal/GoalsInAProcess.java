package io.github.pgkill.maven.goal;

import java.nio.file.Path;
import java.util.logging.ConsoleHandler;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs goals in a JVM of its own, whose environment a test has chosen, and prints all they say. */
final class GoalsInAProcess {

  private GoalsInAProcess() {}

  /** Takes a directory to run in, and the URL of a server that asks for a password. */
  public static void main(String[] arguments) {
    Logger driver = Logger.getLogger("org.postgresql");
    ConsoleHandler console = new ConsoleHandler();
    console.setLevel(Level.ALL);
    driver.setLevel(Level.ALL);
    driver.addHandler(console);
    Path directory = Path.of(arguments[0]);
    String url = arguments[1];
    tell("terminate", Build.withoutPom(directory).property("pgkill.url", url).run("terminate"));
    tell(
        "list-sessions",
        Build.withoutPom(directory).property("pgkill.url", url).run("list-sessions"));
    tell(
        "terminate elsewhere",
        Build.withoutPom(directory)
            .property("pgkill.url", "jdbc:postgresql://127.0.0.1:1/shop")
            .run("terminate"));
    boolean alone = ProcessHandle.current().children().findAny().isEmpty();
    System.out.println(alone ? "no goal started a process" : "a goal started a process");
  }

  private static void tell(String goal, Build.Run run) {
    run.log().lines().forEach(System.out::println);
    System.out.println(goal + ": " + (run.failure() == null ? "success" : "failure"));
    if (run.failure() != null) {
      run.failure().printStackTrace(System.out);
    }
  }
}
