package io.github.pgkill.host.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialledServer;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The driver's connection in libpq's words: all of it, or a refusal. */
final class ClientEnvironmentTest {

  @Test
  void leadsToTheAddressThatWasJudgedUnderTheNameThatWasWritten() {
    Map<String, String> variables = ClientEnvironment.of(server(Map.of()), "x=y");
    assertThat(variables)
        .containsEntry("PGHOST", "db.example.org")
        .containsEntry("PGHOSTADDR", "10.1.2.3")
        .containsEntry("PGPORT", "5433")
        .containsEntry("PGUSER", "app")
        .containsEntry("PGDATABASE", "x=y")
        .containsEntry("PGPASSWORD", "secret")
        .containsEntry("PGCONNECT_TIMEOUT", "10")
        .doesNotContainKey("PGSSLMODE");
  }

  @ParameterizedTest
  @CsvSource({
    "sslmode, Verify-Full, PGSSLMODE, verify-full",
    "sslmode, disable, PGSSLMODE, disable",
    "ssl, true, PGSSLMODE, verify-full",
    "ssl, '', PGSSLMODE, verify-full",
    "sslrootcert, /a/Root.crt, PGSSLROOTCERT, /a/Root.crt",
    "sslcert, /a/client.crt, PGSSLCERT, /a/client.crt",
    "sslkey, /a/client.pk8, PGSSLKEY, /a/client.pk8",
    "channelBinding, require, PGCHANNELBINDING, require",
    "requireAuth, 'scram-sha-256,!none', PGREQUIREAUTH, 'scram-sha-256,!none'",
    "gssEncMode, allow, PGGSSENCMODE, prefer",
    "kerberosServerName, pg, PGKRBSRVNAME, pg",
  })
  void saysInVariablesWhatTheDriverIsTold(
      String option, String value, String variable, String expected) {
    assertThat(ClientEnvironment.of(server(Map.of(option, value)), "app"))
        .containsEntry(variable, expected);
  }

  /** What a database presets must not end a dump before its first statement is through. */
  @Test
  void presetsAreOverriddenBehindTheUsersOwnOptions() {
    String pins =
        "-c local_preload_libraries= -c statement_timeout=0 -c lock_timeout=0"
            + " -c default_transaction_read_only=off -c default_transaction_deferrable=off";
    assertThat(ClientEnvironment.of(server(Map.of()), "app")).containsEntry("PGOPTIONS", pins);
    assertThat(ClientEnvironment.of(server(Map.of("options", "-c work_mem=1GB")), "app"))
        .containsEntry("PGOPTIONS", "-c work_mem=1GB " + pins);
  }

  @Test
  void whatTrustsEveryCertificateDoesNotBecomeStricterThanEncrypted() {
    Map<String, String> options =
        Map.of("ssl", "true", "sslfactory", "org.postgresql.ssl.NonValidatingFactory");
    assertThat(ClientEnvironment.of(server(options), "app")).containsEntry("PGSSLMODE", "require");
  }

  @ParameterizedTest
  @CsvSource({
    "sslpassword, x",
    "sslpasswordcallback, x",
    "sslhostnameverifier, x",
    "sslfactory, org.postgresql.ssl.DefaultJavaSSLFactory",
    "sslkey, /a/client.p12",
    "authenticationPluginClassName, x",
    "localSocketAddress, 127.0.0.2",
    "scramMaxIterations, 5",
    "jaasLogin, false"
  })
  void whatCannotBeHandedOverIsRefusedByName(String option, String value) {
    assertThatThrownBy(() -> ClientEnvironment.of(server(Map.of(option, value)), "app"))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining(option)
        .hasMessageContaining("cannot be given");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ApplicationName", "tcpKeepAlive", "targetServerType", "loadBalanceHosts"})
  void whatMakesNoDifferenceIsLeftOut(String option) {
    assertThat(ClientEnvironment.of(server(Map.of(option, "x")), "app").values())
        .doesNotContain("x");
  }

  @Test
  void aUnixSocketIsAHostWithoutAnAddress() {
    HostAddress socket = new HostAddress("/run/postgresql", null, 5433);
    DialledServer tcp = server(Map.of("sslmode", "disable", "gssEncMode", "disable"));
    assertThat(ClientEnvironment.of(new DialledServer(tcp.settings(), socket, null), "app"))
        .containsEntry("PGHOST", "/run/postgresql")
        .containsEntry("PGPORT", "5433")
        .containsEntry("PGGSSENCMODE", "disable")
        .satisfies(variables -> assertThat(variables.get("PGHOSTADDR")).isNull());
  }

  @Test
  void aToolThatIsTooOldForASafeguardIsRefused() {
    DialledServer server = server(Map.of("requireAuth", "scram-sha-256"));
    assertThatThrownBy(() -> ClientEnvironment.requireHonoured(server, "pg_dump 15.1", 15))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("requireAuth, which pg_dump 15.1 does not know");
    assertThatCode(() -> ClientEnvironment.requireHonoured(server, "pg_dump 16.1", 16))
        .doesNotThrowAnyException();
  }

  private static DialledServer server(Map<String, String> options) {
    HostAddress host = new HostAddress("db.example.org", "10.1.2.3", 5433);
    return new DialledServer(
        new ConnectionSettings(
            List.of(host),
            "app",
            List.of("postgres"),
            "app",
            new Secret("secret"),
            options,
            null,
            Duration.ofSeconds(10),
            Duration.ZERO,
            Map.of()),
        host,
        "10.1.2.3");
  }
}
