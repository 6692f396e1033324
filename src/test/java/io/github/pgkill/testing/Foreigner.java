package io.github.pgkill.testing;

import io.github.pgkill.model.sessions.SessionId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.postgresql.Driver;

/**
 * One session of a process that is no child of this JVM: a colleague's program on the same machine,
 * with any role, application name and address. It ends with this JVM. Not on Windows.
 */
public final class Foreigner implements AutoCloseable {

  private static final int PATIENCE_MILLIS = 60_000;

  private final TestServer server;
  private final Socket socket;
  private final BufferedReader answers;
  private final PrintWriter commands;
  private final long process;
  private final SessionId id;

  private Foreigner(TestServer server, Socket socket) throws IOException {
    this.server = server;
    this.socket = socket;
    this.answers = reader(socket);
    this.commands = writer(socket);
    String[] facts = answer().split("\\|");
    this.process = Long.parseLong(facts[0]);
    this.id = new SessionId(server.node(), Integer.parseInt(facts[1]), facts[2]);
  }

  /** Starts one; its transactions are begun and ended by hand. */
  public static Foreigner start(TestServer server, String database, String user, String name) {
    try (ServerSocket meeting = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Jvm.startOrphan(
          Foreigner.class,
          Integer.toString(meeting.getLocalPort()),
          server.jdbcUrl(database),
          user,
          name);
      meeting.setSoTimeout(PATIENCE_MILLIS);
      Socket socket = meeting.accept();
      socket.setSoTimeout(PATIENCE_MILLIS);
      return new Foreigner(server, socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its process. */
  public long process() {
    return process;
  }

  public SessionId id() {
    return id;
  }

  public int pid() {
    return id.pid();
  }

  /** Whether the server still has its session. */
  public boolean alive() throws SQLException {
    return server.alive(id.pid(), id.backendStart());
  }

  /** Runs statements; returns {@code ok} or what went wrong. */
  public String run(String sql) {
    commands.println(sql);
    return answer();
  }

  /** Runs statements that take their time; nobody asks what came of them. */
  public void begin(String sql) {
    commands.println(sql);
  }

  private String answer() {
    try {
      return String.valueOf(answers.readLine());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The other end. */
  public static void main(String[] arguments) throws IOException, SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", arguments[2]);
    properties.setProperty("ApplicationName", arguments[3]);
    try (Socket socket =
            new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
        Connection connection = new Driver().connect(arguments[1], properties)) {
      PrintWriter answers = writer(socket);
      answers.println(ProcessHandle.current().pid() + "|" + identity(connection));
      BufferedReader commands = reader(socket);
      for (String sql = commands.readLine(); sql != null; sql = commands.readLine()) {
        answers.println(outcome(connection, sql));
      }
    }
  }

  private static String identity(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select pid || '|' || backend_start::text"
                    + " from pg_stat_get_activity(pg_backend_pid())")) {
      row.next();
      return row.getString(1);
    }
  }

  private static String outcome(Connection connection, String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      return "ok";
    } catch (SQLException e) {
      return e.getSQLState() + " " + String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    return new BufferedReader(
        new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
  }

  private static PrintWriter writer(Socket socket) throws IOException {
    return new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8);
  }
}
