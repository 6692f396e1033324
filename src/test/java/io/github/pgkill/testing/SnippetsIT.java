package io.github.pgkill.testing;

import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/**
 * Every snippet of README and site does what its page says, with real Maven on a real server, as it
 * stands there. Runs after {@code package}, because Maven needs the plugin's jar; {@code
 * -Dsnippets.page=closing.md} plays one page.
 */
class SnippetsIT {

  private static final Path CHECKOUT = Path.of(System.getProperty("basedir", ""));

  private static TestServer server;
  private static WarmMaven maven;

  @BeforeAll
  static void start() throws IOException {
    // so that it can be restarted as an administrator does it
    server =
        Machine.SERVER_OF_ITS_OWNER.lacking().isEmpty()
            ? TestServer.startAsOwner(Map.of())
            : TestServer.start(Map.of());
    maven =
        WarmMaven.start(
            Path.of(System.getProperty("maven.home")), Map.of("DB_PASSWORD", "trusted"));
  }

  @AfterAll
  static void stop() throws IOException {
    maven.close();
    server.close();
  }

  @TestFactory
  Stream<DynamicNode> everySnippetWorks() throws IOException {
    String only = System.getProperty("snippets.page", "");
    return Page.all(CHECKOUT).stream()
        .filter(page -> page.name().startsWith(only))
        .map(page -> dynamicContainer(page.name(), sections(page)));
  }

  private static Stream<DynamicNode> sections(Page page) {
    return page.sections().entrySet().stream()
        .map(section -> dynamicTest(section.getKey(), () -> play(section.getValue())));
  }

  private static void play(List<Snippet> section) throws Exception {
    for (Snippet snippet : section) {
      if (snippet.has("needs")) {
        Machine.valueOf(snippet.only("needs").orElseThrow()).assumed();
      }
    }
    if (section.stream().allMatch(snippet -> snippet.has("story") || snippet.has("checked"))) {
      return;
    }
    try (Scene scene = new Scene(server, maven, options(), System.getProperty("pgkill.version"))) {
      scene.play(section);
    }
  }

  private static List<String> options() {
    List<String> options = new ArrayList<>(List.of("-B", "-ntp"));
    options.add("-Dmaven.repo.local=" + System.getProperty("it.repository"));
    Path settings = Path.of(System.getProperty("it.settings", "").replaceFirst("^file:", ""));
    if (Files.isRegularFile(settings)) {
      options.addAll(List.of("-s", settings.toString()));
    }
    return options;
  }
}
