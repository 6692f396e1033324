package io.github.pgkill.job.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.connection.ConnectionRequest;
import io.github.pgkill.connection.ConnectionResolver;
import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** However 203.0.113.7, a stranger, gets into the connection: it does not get past the guard. */
class EveryWayToNameAHostTest {

  @TempDir Path home;

  private final Map<String, String> variables = new HashMap<>();
  private final ConnectionRequest.Builder request = ConnectionRequest.builder();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://203.0.113.7/app",
        "jdbc:postgresql://203.0.113.7:5432/app",
        "jdbc:postgresql://localhost,203.0.113.7/app",
        "jdbc:postgresql://203.0.113.7,localhost/app",
        "jdbc:postgresql:app?host=203.0.113.7",
        "jdbc:postgresql:app?HOST=203.0.113.7",
        "jdbc:postgresql:app?Host=203.0.113.7",
        "jdbc:postgresql:app?PGHOST=203.0.113.7",
        "jdbc:postgresql:app?PGHOST=localhost,203.0.113.7&PGPORT=5432,5432",
        "jdbc:postgresql:app?PGHOST=203%2E0.113.7",
        "jdbc:postgresql:app?hostaddr=203.0.113.7",
        "jdbc:postgresql://localhost/app?hostaddr=203.0.113.7",
        "jdbc:postgresql:?service=far",
        "jdbc:postgresql:app?service=far&port=",
        "postgresql://203.0.113.7/app",
        "postgresql://u:p@203.0.113.7/app",
        "postgresql://localhost,203.0.113.7/app",
        "postgresql://203%2E0.113.7/app",
        "postgresql:///app?host=203.0.113.7",
        "postgresql:///app?hostaddr=203.0.113.7",
        "postgresql://localhost/app?hostaddr=203.0.113.7",
        "postgresql://?service=far",
        "postgresql:///app?host=/tmp&hostaddr=203.0.113.7",
        "postgresql://%2Ftmp,203.0.113.7/app",
        "jdbc:postgresql:app?host=/tmp,203.0.113.7",
      })
  void inAUrl(String url) throws IOException {
    service("host=203.0.113.7");
    request.url(url);
    guardRefuses();
    // of a tool's URL, some of these are refused before the guard, because the tool reads them
    // otherwise
    request.url(null).buildConnection(new BuildConnection(url, "me", null, "flyway.url"));
    assertThatThrownBy(() -> new HostGuard().check(resolve(), rails()))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageMatching(
            "(?s).*(\"203\\.0\\.113\\.7\"|which the driver of the tools does not read).*");
  }

  /** Readers disagree on what these mean, so nobody gets to choose. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://localhost/app?host=203.0.113.7",
        "jdbc:postgresql://localhost/app?PGHOST=203.0.113.7",
        "jdbc:postgresql:app?host=localhost&PGHOST=203.0.113.7",
        "postgresql://localhost/app?host=203.0.113.7",
        "jdbc:postgresql://localhost/app?socketFactory=evil.Factory&socketFactoryArg=203.0.113.7",
        "jdbc:postgresql://localhost/app?host=203.0.113.7,localhost",
        "jdbc:postgresql://localhost@203.0.113.7/app",
        "postgresql://localhost@u@203.0.113.7/app",
        "jdbc:postgresql://localhost#@203.0.113.7/app",
      })
  void amongWhatIsRefusedUnread(String url) {
    request.url(url);
    assertThatThrownBy(this::resolve).isInstanceOf(PgkillFailure.class);
  }

  @ParameterizedTest
  @CsvSource({
    "PGHOST, 203.0.113.7",
    "PGHOST, 'localhost,203.0.113.7'",
    "PGHOSTADDR, 203.0.113.7",
    "PGSERVICE, far",
  })
  void inTheEnvironment(String name, String value) throws IOException {
    service("host=203.0.113.7");
    variables.put(name, value);
    guardRefuses();
    variables.putIfAbsent("PGHOST", "localhost");
    guardRefuses();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host=203.0.113.7",
        "hostaddr=203.0.113.7",
        "host=localhost\nhostaddr=203.0.113.7",
        "PGHOST=203.0.113.7",
        "HOST=203.0.113.7",
        "host=localhost,203.0.113.7",
      })
  void inAServiceFile(String settings) throws IOException {
    service(settings);
    variables.put("PGSERVICE", "far");
    guardRefuses();
    variables.clear();
    request.url("jdbc:postgresql:?service=far");
    guardRefuses();
  }

  @ParameterizedTest
  @ValueSource(strings = {"PGHOST", "PGHOSTADDR"})
  void butASourceThatIsNotConsultedIsNoReasonToRefuse(String name) {
    variables.put(name, "203.0.113.7");
    request.url("jdbc:postgresql://localhost/app");
    assertThat(new HostGuard().check(resolve(), rails()).local()).isTrue();
  }

  private void guardRefuses() {
    ConnectionSettings settings = resolve();
    assertThatThrownBy(() -> new HostGuard().check(settings, rails()))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("\"203.0.113.7\"");
  }

  private ConnectionSettings resolve() {
    Environment environment = new Environment(variables, home, "me");
    return new ConnectionResolver(environment).resolve(request.build()).settings();
  }

  private void service(String settings) throws IOException {
    Files.writeString(home.resolve(".pg_service.conf"), "[far]\n" + settings + "\n");
  }

  private static GuardRails rails() {
    return new GuardRails(List.of(), List.of(), List.of(), List.of(), null);
  }
}
