package io.github.pgkill.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.failure.PgkillException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The password is {@code hunter2} throughout, or ends in it where it holds a separator. */
class SecretsTest {

  private final Logger root = Logger.getLogger("");
  private final Logger driver = Logger.getLogger("org.postgresql");
  private final List<String> said = new ArrayList<>();
  private final Handler recorder = new Recorder();

  @TempDir Path home;

  @BeforeEach
  void listen() {
    driver.setLevel(Level.ALL);
    root.addHandler(recorder);
  }

  @AfterEach
  void stopListening() {
    root.removeHandler(recorder);
    driver.setLevel(null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hunter2",
        "bob:hunter2@h/d",
        "postgresql:bob:hunter2@h/d",
        "http://bob:hunter2@h/d",
        "jdbc:postgresql://bob:hunter2@h/d",
        "jdbc:postgresql://bob:hunter2@h",
        "jdbc:postgresql:bob:hunter2@h/d",
        "jdbc:postgresql://h?password=hunter2",
        "jdbc:postgresql://h/a/b?password=hunter2",
        "jdbc:postgresql:/d?password=hunter2",
        "jdbc:postgresql://h:x/d?password=hunter2",
        "jdbc:postgresql://h:99999/d?password=hunter2",
        "jdbc:postgresql://h:hunter2/d",
        "jdbc:postgresql://h h/d?password=hunter2",
        "jdbc:postgresql://h/d?password=%zzhunter2",
        "jdbc:postgresql://h/d%?password=hunter2",
        "jdbc:postgresql://h/d?password=a&hunter2",
        "jdbc:postgresql://h/d?password=a&hunter2=x",
        "jdbc:postgresql://h/d?password=hunter2&password=hunter2",
        "jdbc:postgresql://h/d?password=hunter2&connectTimeout=hunter2",
        "jdbc:postgresql://h/d?password=hunter2&service=none",
        "jdbc:postgresql://h/d?sslpassword=hunter2",
        "jdbc:postgresql://h/d?sslfactoryarg=hunter2&socketFactoryArg=hunter2",
        "jdbc:postgresql://h/d?user=a&password=hunter2",
        "postgresql://bob:hunter2@h/d",
        "postgresql://bob:x@hunter2@h/d",
        "postgresql://bob:x/hunter2@h/d",
        "postgresql://bob:1/hunter2@h/d",
        "postgresql://bob:1/hunter2@h/d/e",
        "postgresql://bob:1?hunter2@h/d",
        "postgresql://bob:x?y=hunter2@h/d",
        "postgresql://bob:x%hunter2@h/d",
        "postgresql://bob:hunter2@h:x/d",
        "postgresql://bob:hunter2@h h/d",
        "postgresql://bob:hunter2@/var/run/d",
        "postgresql://h:hunter2/d",
        "postgresql://h/d?password=a&hunter2=x",
        "postgresql://h/d?target_session_attrs=hunter2",
        "postgresql://h/d?hostaddr=hunter2",
      })
  void noUrlTellsItsPassword(String url) {
    List<String> texts = new ArrayList<>();
    ConnectionRequest request = ConnectionRequest.builder().url(url).build();
    texts.add(request.toString());
    resolve(request, Map.of(), texts);
    assertThat(texts).isNotEmpty();
    assertThat(texts).noneMatch(text -> text.contains("hunter2"));
    assertThat(said).noneMatch(line -> line.contains("hunter2"));
  }

  @Test
  void noSourceTellsItsPassword() throws Exception {
    Path service = Files.writeString(home.resolve("s.conf"), "[a]\npassword=hunter2\nhunter2\n");
    Path passwords = Files.writeString(home.resolve("p"), "x\n*:*:*:*:hunter2");
    List<String> texts = new ArrayList<>();
    ConnectionRequest request = ConnectionRequest.builder().build();
    Map<String, String> services = Map.of("PGSERVICE", "a", "PGSERVICEFILE", service.toString());
    resolve(request, services, texts);
    assertThat(texts).anySatisfy(text -> assertThat(text).contains("line 3"));
    resolve(request, Map.of("PGPASSWORD", "hunter2", "PGPORT", "x"), texts);
    resolve(request, Map.of("PGPASSFILE", passwords.toString()), texts);
    resolve(request, Map.of("PGPASSWORD", "hunter2"), texts);
    texts.add(new Environment(Map.of("PGPASSWORD", "hunter2"), home, "me").toString());
    texts.add(new BuildConnection("postgresql://:hunter2@h", null, null, "here").toString());
    assertThat(texts).noneMatch(text -> text.contains("hunter2"));
    assertThat(said).noneMatch(line -> line.contains("hunter2"));
  }

  /** The driver's own reader is what this test guards against; it shows that the test can fail. */
  @Test
  void theDriverWouldTell() {
    org.postgresql.Driver.parseURL("jdbc:postgresql://bob:hunter2@h", null);
    assertThat(said).anyMatch(line -> line.contains("hunter2"));
  }

  private void resolve(
      ConnectionRequest request, Map<String, String> variables, List<String> texts) {
    Environment environment = new Environment(variables, home, "me");
    Throwable failure =
        catchThrowable(
            () -> {
              ResolvedConnection resolved = new ConnectionResolver(environment).resolve(request);
              texts.add(resolved.toString());
            });
    if (failure != null) {
      assertThat(failure).isInstanceOf(PgkillException.class);
      texts.add(((PgkillException) failure).remedy().orElse(""));
    }
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      texts.add(cause.toString());
    }
  }

  private final class Recorder extends Handler {

    Recorder() {
      setLevel(Level.ALL);
    }

    @Override
    public void publish(LogRecord line) {
      said.add(new SimpleFormatter().format(line) + Arrays.toString(line.getParameters()));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
