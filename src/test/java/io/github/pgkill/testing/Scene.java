package io.github.pgkill.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.StubbornClients.Client;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Does what one section of a page tells users to do: a project of its own, a server on which
 * database {@code app} is as new, and the snippets in their order. Only addresses are replaced.
 */
final class Scene implements AutoCloseable {

  private static final Pattern PART =
      Pattern.compile("^<(\\w+)>(.*?)^</\\1>", Pattern.MULTILINE | Pattern.DOTALL);
  private static final Pattern TOP = Pattern.compile("^<([\\w.]+)[ >/]", Pattern.MULTILINE);
  private static final Pattern PROPERTY = Pattern.compile("<([\\w.]+)>[^<]*</\\1>");
  private static final Pattern CLIENT =
      Pattern.compile("(\\w+)/(\\S+)(?: in (\\w+))?(?:: (&?) ?(.*))?", Pattern.DOTALL);
  private static final Pattern FOREIGN =
      Pattern.compile("<plugin>\\s*<groupId>([^<]+)</groupId>.*?</plugin>", Pattern.DOTALL);

  private final TestServer server;
  private final WarmMaven maven;
  private final List<String> options;
  private final String version;
  private final Path directory;
  private final StubbornClients crowd;
  private final Map<String, List<Client>> clients = new LinkedHashMap<>();
  private String project = "";
  private String plugin = "";
  private boolean unused;
  private List<String> said = List.of();

  /**
   * @param options what each Maven is told beside the page's words
   * @param version the plugin's
   */
  Scene(TestServer server, WarmMaven maven, List<String> options, String version)
      throws IOException, SQLException {
    this.server = server;
    this.maven = maven;
    this.options = options;
    this.version = version;
    directory = Directories.temporary();
    beginAnew();
    crowd = StubbornClients.of(server, "app");
  }

  /** Database {@code app} of role {@code app}, and {@code ci}, who does a build's work. */
  private void beginAnew() throws SQLException {
    for (String gid : server.query("select gid || ' ' || database from pg_prepared_xacts")) {
      String[] parts = gid.split(" ");
      server.execute(parts[1], "rollback prepared '" + parts[0] + "'");
    }
    String ours = "('postgres', 'template0', 'template1')";
    for (String name :
        server.query("select datname from pg_database where datname not in" + ours)) {
      server.execute("alter database \"" + name + "\" is_template false");
      server.execute("drop database \"" + name + "\" with (force)");
    }
    for (String role :
        server.query("select rolname from pg_roles where oid >= 16384 order by rolname")) {
      server.execute("drop owned by \"" + role + "\" cascade");
      server.execute("drop role \"" + role + "\"");
    }
    server.execute("create role app login createdb");
    server.execute(
        "create role ci login createdb in role app, pg_signal_backend, pg_read_all_stats");
    server.execute("create database app owner app");
    server.execute(
        "app",
        "create schema shop authorization app; create table shop.orders(id int);"
            + " alter table shop.orders owner to app");
  }

  /** All snippets of a section; each must have been used by the end. */
  void play(List<Snippet> section) throws Exception {
    for (Snippet snippet : section) {
      if (snippet.has("story") || snippet.has("checked")) {
        continue;
      }
      prepare(snippet);
      switch (snippet.language()) {
        case "sh" -> commands(snippet);
        case "xml" -> element(snippet);
        case "sql" -> statements(snippet);
        case "text" -> output(snippet);
        default -> file(snippet);
      }
      if (snippet.has("run")) {
        run(snippet, snippet.told("run"));
      }
      after(snippet);
    }
    assertThat(unused).as("a snippet of " + section.get(0) + " is written and never run").isFalse();
  }

  private void prepare(Snippet snippet) throws Exception {
    for (Snippet.Direction direction : snippet.directions()) {
      String value = direction.value();
      switch (direction.key()) {
        case "sql" -> server.execute("app", value);
        case "server" -> server.execute(value);
        case "client" -> open(value);
        case "with" -> borrow(value);
        case "file" -> {
          String[] parts = value.split("\n", 2);
          write(parts[0], parts.length > 1 ? parts[1] : "");
        }
        default -> {}
      }
    }
  }

  private void open(String text) throws SQLException {
    Matcher told = CLIENT.matcher(text);
    if (!told.matches()) {
      throw new AssertionError("no client: " + text);
    }
    StubbornClients who = crowd.as(told.group(1), told.group(2));
    Client client = (told.group(3) == null ? who : who.to(told.group(3))).idle();
    clients.computeIfAbsent(told.group(2), name -> new ArrayList<>()).add(client);
    if (told.group(5) == null) {
      return;
    }
    if (told.group(4).isEmpty()) {
      client.run("set lock_timeout = '5s'");
      client.hold(told.group(5));
    } else {
      client.connection().setAutoCommit(false);
      client.runAside(told.group(5));
      Eventually.within(
          20,
          () ->
              !server
                  .query(
                      "select 1 from pg_stat_activity where state = 'active' and wait_event"
                          + " is not null and pid = ?",
                      client.pid())
                  .isEmpty());
    }
  }

  /** The POM of another section: {@code page.md ## Heading}. */
  private void borrow(String reference) throws IOException {
    String[] parts = reference.split(" ", 2);
    Path checkout = Path.of(System.getProperty("basedir", ""));
    project += Page.of(checkout, parts[0]).block(parts[1], 1) + "\n";
  }

  private void element(Snippet snippet) {
    String text = instead(snippet, snippet.text());
    for (String group : snippet.told("without")) {
      text =
          FOREIGN
              .matcher(text)
              .replaceAll(m -> m.group(1).equals(group) ? "" : Matcher.quoteReplacement(m.group()));
    }
    Matcher top = TOP.matcher(text);
    if (!top.find()) {
      throw new AssertionError("no element: " + snippet);
    }
    switch (top.group(1)) {
      case "properties", "build", "modules", "profiles", "dependencies" -> project += text + "\n";
      case "plugin" -> project += "<build>\n" + text + "\n</build>\n";
      case "executions" -> plugin += text;
      case "configuration" -> plugin += text;
      default -> plugin += "<configuration>" + text + "</configuration>";
    }
    unused = true;
  }

  private void statements(Snippet snippet) throws SQLException {
    String database = snippet.only("in").orElse("app");
    for (String statement : snippet.text().replaceAll("--[^\n]*", "").split(";")) {
      if (!statement.isBlank()) {
        server.execute(database, statement);
      }
    }
  }

  private void file(Snippet snippet) throws IOException {
    write(
        snippet
            .only("save")
            .orElseThrow(() -> new AssertionError("where does " + snippet + " go?")),
        snippet.text());
    unused = true;
  }

  private void write(String path, String text) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, here(text) + "\n");
  }

  private void commands(Snippet snippet) throws Exception {
    List<String> commands = snippet.commands();
    long lines =
        snippet.text().lines().filter(line -> !line.isBlank() && !line.startsWith("#")).count();
    assertThat(commands).as("commands of " + snippet).hasSize((int) lines).isNotEmpty();
    run(snippet, commands);
  }

  private void run(Snippet snippet, List<String> commands) throws Exception {
    said = new ArrayList<>();
    unused = false;
    for (String command : commands) {
      if (!command.equals(commands.get(0))) {
        for (String client : snippet.told("again")) {
          open(client);
        }
      }
      Files.writeString(directory.resolve("pom.xml"), pom());
      List<String> argv = new ArrayList<>(options);
      argv.addAll(Snippet.words(here(instead(snippet, command))));
      if (Files.exists(directory.resolve("settings.xml"))) {
        // the user's own say where artifacts come from
        argv.addAll(List.of("-gs", directory.resolve("settings.xml").toString()));
      }
      WarmMaven.Said build = maven.run(directory, argv);
      said.addAll(build.lines());
      assertThat(build.exitCode() != 0)
          .as("mvn %s of %s failed:%n%s", command, snippet, String.join("\n", build.lines()))
          .isEqualTo(snippet.has("fails"));
    }
  }

  private void after(Snippet snippet) throws SQLException {
    String log = String.join("\n", said);
    String all = plain(log);
    for (String text : snippet.told("says")) {
      assertThat(all.contains(plain(here(text))))
          .as("%s says %s:%n%s", snippet, text, log)
          .isTrue();
    }
    for (String text : snippet.told("never")) {
      assertThat(all.contains(plain(here(text))))
          .as("%s says %s:%n%s", snippet, text, log)
          .isFalse();
    }
    for (String name : snippet.told("ends")) {
      for (Client client : clients.getOrDefault(name, List.of())) {
        assertThat(client.alive()).as(name + " lives after " + snippet).isFalse();
      }
      assertThat(clients).containsKey(name);
    }
    for (String name : snippet.told("spares")) {
      for (Client client : clients.getOrDefault(name, List.of())) {
        assertThat(client.alive()).as(name + " lives after " + snippet).isTrue();
      }
      assertThat(clients).containsKey(name);
    }
    for (String name : snippet.told("finds-not-database")) {
      assertThat(server.query("select 1 from pg_database where datname = ?", name)).isEmpty();
    }
    for (String query : snippet.told("finds-not")) {
      assertThat(server.queryIn("app", query)).as(query).isEmpty();
    }
    for (String query : snippet.told("finds")) {
      assertThat(server.queryIn("app", query)).as(query).isNotEmpty();
    }
  }

  /**
   * What a page shows is what the run before it printed, but for numbers, times and where lines
   * break, which depends on those.
   */
  private void output(Snippet snippet) {
    String printed = normal(String.join("\n", said));
    int at = 0;
    for (String part : here(snippet.text()).split("(?m)^\\.\\.\\.$")) {
      int found = printed.indexOf(normal(part), at);
      assertThat(found)
          .as("%s shows%n%s%nand printed was%n%s", snippet, part, String.join("\n", said))
          .isNotNegative();
      at = found + normal(part).length();
    }
  }

  private static String normal(String text) {
    return plain(text).replaceAll("\\d[\\d:.]*(ms|[smhd])?(\\d+[sm])?", "#").strip();
  }

  private static String plain(String text) {
    return text.replaceAll("(?m)^\\[(INFO|WARNING|ERROR)\\]", "").replaceAll("\\s+", " ");
  }

  private String instead(Snippet snippet, String command) {
    String replaced = command;
    for (String rule : snippet.told("instead")) {
      String[] parts = rule.split(" *=> *", 2);
      replaced = replaced.replace(parts[0], parts.length > 1 ? parts[1] : "");
    }
    return replaced;
  }

  /** The page's addresses and what only a run can know, as they are here. */
  private String here(String text) {
    String port = Integer.toString(server.port());
    String replaced =
        text.replace("localhost:5432", "localhost:" + port)
            .replace("//localhost/", "//localhost:" + port + "/")
            .replace("{port}", port)
            .replace("{socket}", server.socketDirectory().toString())
            .replace("{data}", server.dataDirectory().toString())
            .replace("{directory}", directory.toString())
            .replace("{dump}", newestDump())
            .replace("{version}", version);
    if (replaced.contains("{system}")) {
      replaced = replaced.replace("{system}", systemIdentifier());
    }
    Matcher pid = Pattern.compile("\\{pid ([^}]+)}").matcher(replaced);
    return pid.replaceAll(m -> Integer.toString(last(clients.get(m.group(1))).pid()));
  }

  private static Client last(List<Client> clients) {
    return clients.get(clients.size() - 1);
  }

  private String newestDump() {
    Path backups = directory.resolve(".pgkill/backups");
    if (!Files.isDirectory(backups)) {
      return "";
    }
    try (Stream<Path> files = Files.list(backups)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".dump"))
          .max(Comparator.naturalOrder())
          .orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String systemIdentifier() {
    try {
      return server.query("select system_identifier from pg_control_system()").get(0);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A user's POM, with what the section says and what it takes for granted. */
  private String pom() {
    StringBuilder properties = new StringBuilder(given());
    StringBuilder outside = new StringBuilder();
    StringBuilder plugins = new StringBuilder();
    Matcher part = PART.matcher(project);
    while (part.find()) {
      switch (part.group(1)) {
        case "properties" -> properties.append(part.group(2));
        case "build" -> plugins.append(part.group(2).replaceAll("</?plugins>", ""));
        default -> outside.append(part.group());
      }
    }
    if (!plugin.isEmpty()) {
      plugins.append(OURS.formatted(version, plugin));
    }
    return here(SKELETON.formatted(properties, outside, version, plugins));
  }

  private String given() {
    StringBuilder left = new StringBuilder();
    Matcher property = PROPERTY.matcher(DEFAULTS);
    while (property.find()) {
      boolean connection = property.group(1).equals("pgkill.connectionFrom");
      if (!project.contains("<" + property.group(1) + ">")
          && !(connection && project.contains("<pgkill.url>"))) {
        left.append(property.group());
      }
    }
    return left.toString();
  }

  private static final String DEFAULTS =
      """
      <pgkill.connectionFrom>flyway</pgkill.connectionFrom>
      <flyway.url>jdbc:postgresql://localhost:5432/app?ApplicationName=migration</flyway.url>
      <flyway.user>ci</flyway.user>
      <flyway.password>trusted</flyway.password>
      <flyway.cleanDisabled>false</flyway.cleanDisabled>
      <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
      """;

  private static final String OURS =
      """
      <plugin>
        <groupId>io.github.pgkill</groupId>
        <artifactId>pgkill-maven-plugin</artifactId>
        <version>%s</version>
        %s
      </plugin>
      """;

  private static final String SKELETON =
      """
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>org.example</groupId>
        <artifactId>shop</artifactId>
        <version>1</version>
        <packaging>pom</packaging>
        <properties>%s</properties>
        %s
        <build>
          <pluginManagement>
            <plugins>
              <plugin>
                <groupId>io.github.pgkill</groupId>
                <artifactId>pgkill-maven-plugin</artifactId>
                <version>%s</version>
              </plugin>
              <plugin>
                <groupId>org.flywaydb</groupId>
                <artifactId>flyway-maven-plugin</artifactId>
                <version>11.20.0</version>
                <dependencies>
                  <dependency>
                    <groupId>org.flywaydb</groupId>
                    <artifactId>flyway-database-postgresql</artifactId>
                    <version>11.20.0</version>
                  </dependency>
                  <dependency>
                    <groupId>org.postgresql</groupId>
                    <artifactId>postgresql</artifactId>
                    <version>42.7.13</version>
                  </dependency>
                </dependencies>
              </plugin>
            </plugins>
          </pluginManagement>
          <plugins>%s</plugins>
        </build>
      </project>
      """;

  @Override
  public void close() throws IOException, SQLException {
    crowd.close();
    Directories.delete(directory);
  }
}
