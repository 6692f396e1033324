package io.github.pgkill.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.pgkill.model.connection.HostAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A real cluster with a database {@code app}: three servers of Debian's PostgreSQL 15, each kept by
 * a Patroni, with etcd, and an HAProxy that leads to the primary. One for all tests of this JVM,
 * started when first asked for ({@link Machine#FLEET}). It ends with this JVM, however that ends: a
 * small shell waits for our death, kills every program and deletes the directory.
 */
public final class Fleet {

  /** What Patroni's REST asks for before it changes something. */
  public static final String REST_USER = FleetFiles.REST_USER;

  public static final String REST_PASSWORD = FleetFiles.REST_PASSWORD;

  /** Kills what the files named, then the servers, whose own parents may be gone. */
  private static final String GUARD =
      """
      trap '' INT TERM HUP
      cat >/dev/null
      for file in "$0"/*.pid; do kill -KILL "$(cat "$file")" 2>/dev/null; done
      for file in "$0"/n*/data/postmaster.pid; do
        pid=$(head -n 1 "$file" 2>/dev/null) || continue
        while kill -QUIT "$pid" 2>/dev/null; do sleep 0.05; done
      done
      rm -rf "$0"
      """;

  private static final Duration ANSWER = Duration.ofSeconds(30);

  private static Fleet shared;

  private final HttpClient http =
      HttpClient.newBuilder().proxy(HttpClient.Builder.NO_PROXY).connectTimeout(ANSWER).build();

  private final ServerUser user = ServerUser.detect();
  private final Map<String, Process> programs = new LinkedHashMap<>();
  private final FleetFiles files;
  private final Process guard;
  private final List<Node> nodes;

  private Fleet(FleetFiles files) throws IOException {
    this.files = files;
    files.write();
    user.own(files.directory());
    this.guard =
        new ProcessBuilder("sh", "-c", GUARD, files.directory().toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    this.nodes = IntStream.rangeClosed(1, FleetFiles.NODES).mapToObj(this::node).toList();
  }

  /** The one of this JVM, with one leader and everybody else streaming. */
  public static synchronized Fleet shared() {
    if (shared == null) {
      try {
        shared = new Fleet(FleetFiles.in(Directories.forServer()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Runtime.getRuntime().addShutdownHook(new Thread(shared::close, "stop the fleet"));
      shared.start();
    }
    return shared;
  }

  /** Which of its programs this machine lacks. */
  static Optional<String> missing() {
    return Stream.of("patroni", "etcd", "etcdctl", "haproxy")
        .filter(program -> !Commands.succeeds(List.of("sh", "-c", "command -v " + program)))
        .map(program -> "no " + program + " on this machine")
        .findFirst()
        .or(
            () ->
                Files.isExecutable(DebianMachine.HOME.resolve("bin/postgres"))
                    ? Optional.empty()
                    : Optional.of("no PostgreSQL 15 of Debian's on this machine"));
  }

  /** For {@link LeakCheck}: whether that child of this JVM is one of its programs. */
  static synchronized boolean runs(long pid) {
    return shared != null
        && (shared.guard.pid() == pid
            || shared.programs.values().stream().anyMatch(program -> program.pid() == pid));
  }

  /** For {@link LeakCheck}: whether that is its directory. */
  static synchronized boolean livesIn(Path directory) {
    return shared != null && shared.files.directory().equals(directory);
  }

  /**
   * One server with its Patroni.
   *
   * @param number from 1
   * @param name as Patroni calls it
   * @param server the PostgreSQL that it keeps
   * @param rest the base URL of its REST
   */
  public record Node(int number, String name, TestServer server, String rest) {

    public int port() {
      return server.port();
    }

    public HostAddress address() {
      return new HostAddress("127.0.0.1", null, port());
    }
  }

  /** What REST answered. */
  public record Answer(int status, String body) {}

  public List<Node> nodes() {
    return nodes;
  }

  public List<String> restUrls() {
    return nodes.stream().map(Node::rest).toList();
  }

  /** Leads to whichever is the primary. */
  public int haproxyPort() {
    return files.haproxy();
  }

  /** The leader that the cluster names, as soon as it names one. */
  public Node leader() {
    AtomicReference<Node> leader = new AtomicReference<>();
    Eventually.within(
        30,
        () -> {
          tryLeader().ifPresent(leader::set);
          return leader.get() != null;
        });
    return leader.get();
  }

  /** All but the leader. */
  public List<Node> standbys() {
    Node leader = leader();
    return nodes.stream().filter(node -> !node.equals(leader)).toList();
  }

  public String systemIdentifier() throws SQLException {
    return leader()
        .server()
        .query("select system_identifier::text from pg_control_system()")
        .get(0);
  }

  /** Asks one node's REST, with its password. */
  public Answer rest(Node node, String method, String path, String body) {
    return rest(node.rest(), method, path, body);
  }

  /** Has another node lead, and waits until everybody follows it. */
  public void switchOver(Node to) {
    Node from = leader();
    Answer answer =
        rest(
            from,
            "POST",
            "/switchover",
            "{\"leader\": \"%s\", \"candidate\": \"%s\"}".formatted(from.name(), to.name()));
    if (answer.status() != 200) {
      throw new IllegalStateException("no switchover: " + answer);
    }
  }

  /**
   * Loses the leader as when its machine is gone: its Patroni and its server are killed. Nobody has
   * to wait for its lease to run out (20 seconds at least): that is taken away.
   */
  public Node loseLeader() {
    Node lost = leader();
    kill(lost.name());
    signal("KILL", lost.server().postmasterPid());
    Commands.run(
        List.of(
            "env",
            "ETCDCTL_API=3",
            "etcdctl",
            "--endpoints=127.0.0.1:" + files.etcd(),
            "del",
            "/service/fleet/leader"));
    return lost;
  }

  /** Starts what was lost; it follows the leader. */
  public void bringBack(Node node) {
    spawn(node.name(), files.patroniCommand(node.number()));
  }

  /** Waits until there is a leader, and all others stream from it. */
  public void awaitHealthy() {
    Eventually.within(40, this::healthy);
  }

  private void start() {
    spawn("etcd", files.etcdCommand());
    String etcd = "http://127.0.0.1:" + files.etcd();
    Eventually.within(10, () -> ok(etcd, "/health"));
    spawn("n1", files.patroniCommand(1));
    Eventually.within(30, () -> ok(nodes.get(0).rest(), "/primary"));
    for (Node node : nodes.subList(1, nodes.size())) {
      spawn(node.name(), files.patroniCommand(node.number()));
    }
    spawn("haproxy", files.haproxyCommand());
    awaitHealthy();
    try {
      leader().server().execute("create database app");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Node node(int number) {
    Properties facts = new Properties();
    facts.setProperty("major", Integer.toString(DebianMachine.MAJOR));
    facts.setProperty("home", DebianMachine.HOME.toString());
    facts.setProperty("clusters", files.directory().resolve("none").toString());
    facts.setProperty("serverUser", user.name());
    facts.setProperty("directory", files.directoryOf(number).toString());
    facts.setProperty("port", Integer.toString(files.postgres(number)));
    return new Node(
        number, "n" + number, TestServer.attach(facts), "http://127.0.0.1:" + files.rest(number));
  }

  private Optional<Node> tryLeader() {
    return members().stream()
        .filter(member -> member.get("role").getAsString().equals("leader"))
        .findFirst()
        .map(member -> nodes.get(member.get("name").getAsString().charAt(1) - '1'));
  }

  private boolean healthy() {
    List<JsonObject> members = members();
    Optional<Node> leader = tryLeader();
    return members.size() == nodes.size()
        && members.stream()
            .map(member -> member.get("state").getAsString())
            .allMatch(state -> state.equals("running") || state.equals("streaming"))
        && leader.isPresent()
        && ok(leader.get().rest(), "/primary")
        && streaming(leader.get()) == nodes.size() - 1;
  }

  private int streaming(Node leader) {
    try {
      return leader
          .server()
          .query("select 1 from pg_stat_replication where state = 'streaming'")
          .size();
    } catch (SQLException e) {
      // not yet
      return 0;
    }
  }

  /** What the first REST that answers says. */
  private List<JsonObject> members() {
    for (Node node : nodes) {
      try {
        List<JsonObject> members = new ArrayList<>();
        JsonObject cluster =
            JsonParser.parseString(rest(node, "GET", "/cluster", "").body()).getAsJsonObject();
        for (JsonElement member : cluster.getAsJsonArray("members")) {
          members.add(member.getAsJsonObject());
        }
        return members;
      } catch (UncheckedIOException e) {
        // the one that is lost; the next one answers
      }
    }
    return List.of();
  }

  private boolean ok(String base, String path) {
    try {
      return rest(base, "GET", path, "").status() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private Answer rest(String base, String method, String path, String body) {
    String credentials = REST_USER + ":" + REST_PASSWORD;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(ANSWER)
            .header(
                "Authorization",
                "Basic "
                    + Base64.getEncoder()
                        .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      return new Answer(answer.statusCode(), answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void spawn(String name, List<String> command) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder(user.argv(command))
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(
                      files.directory().resolve(name + ".log").toFile()));
      builder.environment().keySet().retainAll(Set.of("PATH"));
      builder.environment().put("LC_ALL", "C.UTF-8");
      builder.environment().put("HOME", files.directory().toString());
      Process program = builder.start();
      synchronized (Fleet.class) {
        programs.put(name, program);
      }
      Files.writeString(files.directory().resolve(name + ".pid"), Long.toString(program.pid()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void kill(String name) {
    Process program = programs.get(name);
    program.destroyForcibly();
    await(program);
  }

  private static void signal(String signal, long pid) {
    Commands.run(List.of("kill", "-" + signal, Long.toString(pid)));
  }

  private static void await(Process process) {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void close() {
    try {
      guard.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await(guard);
  }
}
