package io.github.pgkill.testing;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.ToNumberPolicy;
import com.google.gson.reflect.TypeToken;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Type;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the scripts of a story under {@code src/it} work with: a database of its own on the build's
 * server, clients that live while the story's Maven runs, and what that Maven said.
 *
 * <p>The story's POM and invoker.properties get {@code it.url}, {@code it.host}, {@code it.port},
 * {@code it.database} and {@code it.user}, a superuser, as user properties.
 */
public final class Story implements AutoCloseable {

  private static final String KEY = "story";
  private static final String PASTE_HERE = "<!-- PAGE -->";
  private static final Pattern SNAPSHOT = Pattern.compile("([0-9.]+)-SNAPSHOT");
  private static final Gson GSON =
      new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();
  private static final Type REPORT = new TypeToken<Map<String, Object>>() {}.getType();

  private final Path directory;
  private final TestServer server;
  private final String database;
  private final StubbornClients clients;
  private final Properties userProperties;

  private Story(Path directory, TestServer server, String database, Properties userProperties) {
    this.directory = directory;
    this.server = server;
    this.database = database;
    this.clients = StubbornClients.of(server, database);
    this.userProperties = userProperties;
  }

  /** For prebuild.groovy: creates the database and tells the story's Maven about it. */
  public static Story begin(File directory, Map<Object, Object> context) throws SQLException {
    TestServer server = StoryServer.await(target().resolve("story-server.properties"));
    Story story =
        new Story(
            directory.toPath(),
            server,
            server.createDatabase(),
            (Properties) context.get("userProperties"));
    story.tell("it.url", server.jdbcUrl(story.database));
    story.tell("it.host", "127.0.0.1");
    story.tell("it.port", Integer.toString(server.port()));
    story.tell("it.database", story.database);
    story.tell("it.user", TestServer.SUPERUSER);
    context.put(KEY, story);
    return story;
  }

  /** For verify.groovy: the story that prebuild.groovy began. */
  public static Story of(Map<Object, Object> context) {
    return (Story) context.get(KEY);
  }

  /** The scripts have no other way to tell where the build's directory is. */
  private static Path target() {
    try {
      return Path.of(Story.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Gives the story's Maven one more user property. */
  public void tell(String property, String value) {
    userProperties.setProperty(property, value);
  }

  /** A page of the project's documentation: {@code README.md} or one of the site's. */
  public static Page page(String name) throws IOException {
    return Page.of(target().getParent(), name);
  }

  /**
   * Puts lines of a page into the story's POM, about the story's server instead of the one that
   * they name.
   *
   * @param user the role to log in as
   */
  public void paste(String lines, String user) throws IOException {
    Path pom = directory.resolve("pom.xml");
    String pasted =
        lines
            .replace("localhost:5432/app", "127.0.0.1:" + server.port() + "/" + database)
            .replace("user>app<", "user>" + user + "<");
    Files.writeString(pom, Files.readString(pom).replace(PASTE_HERE, pasted));
  }

  /** Puts the project's sources into the story's folder, as if it were a checkout. */
  public void copyCheckout() throws IOException {
    Path project = target().getParent();
    for (String file : List.of("pom.xml", "LICENSE", "NOTICE")) {
      Files.copy(
          project.resolve(file), directory.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
    Directories.copy(project.resolve("src"), directory.resolve("src"));
  }

  /**
   * Puts what the outer build has compiled beside them, for a Maven that need not compile again.
   */
  public void copyClasses() throws IOException {
    Path classes = directory.resolve("target/classes");
    Files.createDirectories(classes.getParent());
    Directories.copy(target().resolve("classes"), classes);
  }

  /**
   * Installs the plugin as a release, too: the release plugin takes no snapshot.
   *
   * @param lines of a POM, with the plugin's version as it is
   * @return the same with the release's version
   */
  public String releasedPlugin(String lines) throws IOException {
    Path versions = target().resolve("it-repo/io/github/pgkill/pgkill-maven-plugin");
    Matcher snapshot = SNAPSHOT.matcher(lines);
    if (!snapshot.find()) {
      return lines;
    }
    String release = snapshot.group(1);
    Path directory = Files.createDirectories(versions.resolve(release));
    for (String type : List.of("jar", "pom")) {
      Path original =
          versions.resolve(snapshot.group()).resolve(artifact(snapshot.group()) + "." + type);
      Path copy = directory.resolve(artifact(release) + "." + type);
      Files.copy(original, copy, StandardCopyOption.REPLACE_EXISTING);
    }
    rename(directory.resolve(artifact(release) + ".pom"), snapshot.group(), release);
    try (FileSystem jar =
        FileSystems.newFileSystem(directory.resolve(artifact(release) + ".jar"))) {
      rename(jar.getPath("META-INF/maven/plugin.xml"), snapshot.group(), release);
    }
    return lines.replace(snapshot.group(), release);
  }

  private static void rename(Path file, String version, String release) throws IOException {
    Files.writeString(file, Files.readString(file).replace(version, release));
  }

  private static String artifact(String version) {
    return "pgkill-maven-plugin-" + version;
  }

  public TestServer server() {
    return server;
  }

  public String database() {
    return database;
  }

  /**
   * Creates a role that has to give this password, while the server trusts all others.
   *
   * @param memberships further roles to be a member of, such as {@code pg_signal_backend}
   * @return its name
   */
  public String createRoleWithPassword(String password, List<String> memberships)
      throws SQLException {
    List<String> roles = new ArrayList<>(memberships);
    roles.add(StoryServer.ASKED_FOR_PASSWORD);
    return server.createRole(
        "login password '" + password.replace("'", "''") + "' in role " + String.join(", ", roles));
  }

  /** Clients of the story's database; {@link #close} ends them. */
  public StubbornClients clients() {
    return clients;
  }

  /** Runs statements as the superuser in the story's database. */
  public void execute(String sql) throws SQLException {
    server.execute(database, sql);
  }

  /** Who may connect to the story's database: privileges, limit, flag and comment. */
  public List<String> door() throws SQLException {
    return server.query(
        "select concat_ws(' ', (select array_agg(e::text order by e::text) from"
            + " aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e), d.datconnlimit,"
            + " d.datallowconn, shobj_description(d.oid, 'pg_database'))"
            + " from pg_database d where d.datname = ?",
        database);
  }

  /** Pids of the sessions that the story's database has now. */
  public List<String> sessions() throws SQLException {
    return server.query("select pid from pg_stat_activity where datname = ?", database);
  }

  /** All that the story's Maven printed. */
  public String log() throws IOException {
    return Files.readString(directory.resolve("build.log"));
  }

  /** Whether it printed all of these, each after the one before. */
  public boolean said(String... texts) throws IOException {
    String log = log();
    int at = 0;
    for (String text : texts) {
      at = log.indexOf(text, at);
      if (at < 0) {
        return false;
      }
      at += text.length();
    }
    return true;
  }

  /** The errors that it printed, one line each. */
  public List<String> errors() throws IOException {
    return log().lines().filter(line -> line.startsWith("[ERROR]")).toList();
  }

  /** A file of the story's project, such as {@code target/pgkill/terminate.json}. */
  public Path file(String path) {
    return directory.resolve(path);
  }

  /** What the goals reported, oldest first: all JSON files in that directory of the project. */
  public List<Map<String, Object>> reports(String path) throws IOException {
    Path reports = file(path);
    if (!Files.exists(reports)) {
      return List.of();
    }
    List<Map<String, Object>> parsed = new ArrayList<>();
    try (Stream<Path> files = Files.list(reports)) {
      for (Path json : files.filter(f -> f.toString().endsWith(".json")).toList()) {
        parsed.add(GSON.fromJson(Files.readString(json), REPORT));
      }
    }
    parsed.sort(Comparator.comparing(report -> Instant.parse((String) report.get("startedAt"))));
    return parsed;
  }

  /** For the end of verify.groovy: ends the clients that the story's Maven did not end. */
  @Override
  public void close() throws SQLException {
    clients.close();
  }
}
