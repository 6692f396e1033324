package io.github.pgkill.job.list;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watching sessions: what comes and goes is seen, and the watch ends. */
class WatchTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final Duration EVERY = Duration.ofMillis(100);
  private static final Duration MUCH_LONGER_THAN_THE_TEST = Duration.ofMinutes(5);
  private static final int PATIENCE = 60;

  @TempDir Path directory;

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private String database;
  private StubbornClients clients;
  private volatile @Nullable PgkillException end;
  private @Nullable Thread watching;

  @BeforeEach
  void database() throws SQLException {
    database = SERVER.createDatabase();
    clients = StubbornClients.of(SERVER, database);
  }

  @AfterEach
  void end() throws Exception {
    if (watching != null) {
      watching.interrupt();
      watching.join(Duration.ofSeconds(PATIENCE).toMillis());
      assertThat(watching.isAlive()).isFalse();
    }
    clients.close();
  }

  @Test
  void aSessionIsSeenToComeAndToGo() throws SQLException {
    watch(ListSessions.Format.TABLE, null, MUCH_LONGER_THAN_THE_TEST, false);
    Eventually.within(PATIENCE, () -> count(": 0 sessions") >= 2);
    assertThat(lines).contains("no session matches");
    StubbornClients.Client client = clients.idle();
    Eventually.within(PATIENCE, () -> count(": 1 session") >= 2);
    assertThat(lines).anyMatch(line -> line.trim().startsWith(client.pid() + " "));
    clients.close();
    int before = count(": 0 sessions");
    Eventually.within(PATIENCE, () -> count(": 0 sessions") >= before + 2);
    assertThat(lines).anyMatch(line -> line.matches("look 1 at \\S+Z: 0 sessions"));
  }

  @Test
  void itEndsByItself() {
    Duration until = EVERY.multipliedBy(3).plusMillis(50);
    watch(ListSessions.Format.TABLE, null, until, false);
    Eventually.within(PATIENCE, () -> !watching.isAlive());
    assertThat(end).isNull();
    assertThat(count("look ")).isBetween(1, 4);
  }

  @Test
  void theFileIsWholeAtEveryMomentAndHoldsTheLastLook() throws Exception {
    Path file = directory.resolve("not/there/yet/sessions.json");
    watch(ListSessions.Format.JSON, file, MUCH_LONGER_THAN_THE_TEST, false);
    Eventually.within(PATIENCE, () -> Files.exists(file));
    clients.idle(3);
    for (int reads = 0; reads < 100; reads++) {
      assertThat(JsonParser.parseString(Files.readString(file)).isJsonObject()).isTrue();
    }
    Eventually.within(
        PATIENCE,
        () ->
            JsonParser.parseString(Files.readString(file))
                    .getAsJsonObject()
                    .getAsJsonArray("listed")
                    .size()
                == 3);
    try (var files = Files.list(file.getParent())) {
      assertThat(files.filter(f -> !f.toString().endsWith(".tmp"))).containsExactly(file);
    }
  }

  @Test
  void itFailsAtTheFirstLookThatShowsOneWhereNoneMayBe() throws SQLException {
    watch(ListSessions.Format.TABLE, null, MUCH_LONGER_THAN_THE_TEST, true);
    Eventually.within(PATIENCE, () -> count(": 0 sessions") >= 1);
    StubbornClients.Client client = clients.idle();
    Eventually.within(PATIENCE, () -> !watching.isAlive());
    assertThat(end)
        .isInstanceOf(PgkillFailure.class)
        .hasMessage(
            "1 session of database "
                + database
                + " where none is expected (failIfAny): pid "
                + client.pid()
                + " of postgres/stubborn");
  }

  private int count(String text) {
    return (int)
        lines.stream().filter(l -> l.startsWith("look ") && (l + "$").contains(text)).count();
  }

  private void watch(
      ListSessions.Format format, @Nullable Path output, Duration until, boolean failIfAny) {
    ListSessions.Request request =
        new ListSessions.Request(
            TestConnection.to(SERVER, database).settings(),
            SessionFilter.ALL_CLIENTS,
            new ListSessions.Display(format, SessionOrder.parse("sort", "age"), 10, output),
            new ListSessions.Watch(EVERY, until),
            failIfAny,
            true);
    watching =
        new Thread(
            () -> {
              try {
                new ListSessions(console(), new Journal("list-sessions", "test", "test"))
                    .run(request);
              } catch (PgkillException e) {
                end = e;
              }
            },
            "watch");
    watching.start();
  }

  private Console console() {
    return new Console() {
      @Override
      public void debug(String line) {}

      @Override
      public void info(String line) {
        lines.add(line);
      }

      @Override
      public void warn(String line) {
        lines.add(line);
      }

      @Override
      public int width() {
        return 120;
      }
    };
  }
}
