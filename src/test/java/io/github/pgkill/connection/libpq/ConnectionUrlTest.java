package io.github.pgkill.connection.libpq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgkill.connection.ConnectionRequest;
import io.github.pgkill.connection.ConnectionResolver;
import io.github.pgkill.connection.ResolvedConnection;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.Driver;

class ConnectionUrlTest {

  /** The driver talks about each URL that it cannot read. */
  private static final Logger DRIVER = Logger.getLogger("org.postgresql");

  private static final Environment EMPTY = new Environment(Map.of(), Path.of("/nowhere"), "me");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jdbc:postgresql://db.example:5433/app            | db.example:5433          | app",
        "jdbc:postgresql://db.example/app                 | db.example:5432          | app",
        "jdbc:postgresql://h1:5433,h2/app                 | h1:5433,h2:5432          | app",
        "jdbc:postgresql://[::1]:5433/app                 | [::1]:5433               | app",
        "jdbc:postgresql://[fe80::1%eth0]/app             | [fe80::1%eth0]:5432      | app",
        "jdbc:postgresql://:5433/app                      | localhost:5433           | app",
        "jdbc:postgresql:app                              | localhost:5432           | app",
        "jdbc:postgresql:                                 | localhost:5432           | me",
        "jdbc:postgresql:/                                | localhost:5432           | me",
        "jdbc:postgresql://                               | localhost:5432           | me",
        "jdbc:postgresql:///                              | localhost:5432           | me",
        "jdbc:postgresql:///app                           | localhost:5432           | app",
        "jdbc:postgresql://h/                             | h:5432                   | me",
        "jdbc:postgresql://h/a%2Fb+c%2Bd%25               | h:5432                   | a/b c+d%",
        "jdbc:postgresql://h/app?user=bob                 | h:5432                   | app",
        "jdbc:postgresql:app?host=h&port=5433             | h:5433                   | app",
        "jdbc:postgresql:?PGHOST=h1,h2&PGPORT=1,2&PGDBNAME=x | h1:1,h2:2             | x",
        "jdbc:postgresql:app?HOST=h                       | h:5432                   | app",
        "jdbc:postgresql:app?pghost=h                     | h:5432                   | app",
        "jdbc:postgresql://name/app?hostaddr=10.0.0.1     | 10.0.0.1:5432            | app",
        "postgresql://db.example:5433/app                 | db.example:5433          | app",
        "postgres://db.example/app                        | db.example:5432          | app",
        "postgresql://u:p@h1:5433,[2001:db8::1]:5434,h3/app | h1:5433,[2001:db8::1]:5434,h3:5432 |"
            + " app",
        "postgresql://h/a%2Fb+c                           | h:5432                   | a/b+c",
        "postgresql:///app?host=h&port=5433               | h:5433                   | app",
        "postgresql://?host=h1,h2&port=5433               | h1:5433,h2:5433          | me",
        "postgresql://h?dbname=x                          | h:5432                   | x",
        "postgresql:///app?hostaddr=10.0.0.1&host=n       | 10.0.0.1:5432            | app",
        "postgresql://[fe80::1%25eth0]/app                | [fe80::1%eth0]:5432      | app",
        "postgresql://%68ost/app                          | host:5432                | app",
        "postgresql:///app?host=/run/postgresql           | /run/postgresql:5432     | app",
        "postgresql:///app?host=/run/postgresql/          | /run/postgresql:5432     | app",
        "postgresql://%2Frun%2Fpostgresql/app             | /run/postgresql:5432     | app",
        "postgresql://u@%2frun%2fpostgresql:5433/app      | /run/postgresql:5433     | app",
        "postgresql://%2Fa%20b,h:1/app                    | /a b:5432,h:1            | app",
        "postgresql:///app?host=/tmp,h&port=1,2           | /tmp:1,h:2               | app",
        "postgresql:///app?host=/tmp&hostaddr=10.0.0.1    | 10.0.0.1:5432            | app",
        "jdbc:postgresql:app?host=/run/postgresql&port=5433 | /run/postgresql:5433   | app",
        "jdbc:postgresql:?PGHOST=%2Ftmp                   | /tmp:5432                | me",
        "jdbc:postgresql://%2Frun%2Fpostgresql:5433/app   | /run/postgresql:5433     | app",
        "postgresql://:5433/app                           | localhost:5433           | app",
        "postgresql://:5433,:5434/app                     | localhost:5433,localhost:5434 | app",
      })
  void readsWhatIsDialled(String url, String server, String database) {
    ConnectionSettings settings = resolve(url).settings();
    assertThat(settings.server()).isEqualTo(server);
    assertThat(settings.database()).isEqualTo(database);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "jdbc:postgresql://h/d?user=b%40b&password=p%26%2B+w  | b@b | 'p&+ w'",
        "postgresql://b%40b:p%26%2F%3A+w@h/d                  | b@b | p&/:+w",
        "postgresql://bob:a:b@h/d                             | bob | a:b",
        "postgresql://h/d?user=bob&password=p%40w             | bob | p@w",
      })
  void readsUserAndPassword(String url, String user, String password) {
    ConnectionSettings settings = resolve(url).settings();
    assertThat(settings.user()).isEqualTo(user);
    assertThat(settings.password()).isEqualTo(new Secret(password));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "postgresql:app",
        "jdbc:mysql://h/d",
        "JDBC:POSTGRESQL://h/d",
        "jdbc:postgresql://h",
        "jdbc:postgresql://h?user=x",
        "jdbc:postgresql://h/a/b",
        "jdbc:postgresql:/d",
        "jdbc:postgresql://h1,,h2/d",
        "jdbc:postgresql://h:0/d",
        "jdbc:postgresql://h:65536/d",
        "jdbc:postgresql://h:x/d",
        "jdbc:postgresql://h:5432:5433/d",
        "jdbc:postgresql://::1/d",
        "jdbc:postgresql://[localhost]/d",
        "jdbc:postgresql://[127.0.0.1]/d",
        "jdbc:postgresql://h h/d",
        "jdbc:postgresql://h/d%",
        "jdbc:postgresql://h/d?user=%zz",
        "jdbc:postgresql://h/d%00",
        "jdbc:postgresql://h/d?host=other",
        "jdbc:postgresql://h/d?PGHOST=other",
        "jdbc:postgresql://h/d?PGDBNAME=other",
        "jdbc:postgresql://h:1/d?PGPORT=2",
        "jdbc:postgresql:?host=a&host=b",
        "jdbc:postgresql:?host=a&PGHOST=b",
        "jdbc:postgresql:?host=a,b&port=1,2,3",
        "jdbc:postgresql:?host=a,b&hostaddr=10.0.0.1",
        "jdbc:postgresql:?hostaddr=localhost",
        "jdbc:postgresql:?host=%40abstract",
        "postgresql:///d?host=@abstract",
        "postgresql:///d?host=/tmp%0Ax",
        "postgresql:///d?host=/tmp,,h",
        "postgresql:///d?host=,&port=5432",
        "postgresql:///d?host=run/postgresql",
        "postgresql://h/d?unknown=1",
        "postgresql://h/d?sslcrl=x",
        "postgresql://h/d?requirepeer=postgres",
        "postgresql://h/d?target_session_attrs=sideways",
        "postgresql://h/d?sslrootcert=system",
        "postgresql://h/d?connect_timeout=soon",
        "postgresql://h/d?replication=database",
      })
  void refusesWhatIsNotPlain(String url) {
    assertThatThrownBy(() -> resolve(url))
        .isInstanceOf(InvalidParameter.class)
        .satisfies(e -> assertThat(((PgkillFailure) e).remedy()).isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://localhost/d?socketFactory=evil.Factory",
        "jdbc:postgresql://localhost/d?SOCKETFACTORY=evil.Factory",
        "jdbc:postgresql://localhost/d?socketFactoryArg=x",
        "jdbc:postgresql://localhost/d?connectExecutor=evil.Executor",
        "jdbc:postgresql://localhost/d?sslfactory=evil.Factory",
        "postgresql://localhost/d?socketFactory=evil.Factory",
      })
  void refusesWhatOpensConnectionsOfItsOwn(String url) {
    assertThatThrownBy(() -> resolve(url)).isInstanceOf(GuardRefusal.class);
  }

  @Test
  void whoseFactoryIsForAUnixSocketIsToldWhatToWrite() {
    assertThatThrownBy(
            () ->
                resolve(
                    "jdbc:postgresql://localhost/d?socketFactory=org.newsclub.net.unix."
                        + "AFUNIXSocketFactory$FactoryArg&socketFactoryArg=/tmp/.s.PGSQL.5432"))
        .isInstanceOf(GuardRefusal.class)
        .satisfies(
            e ->
                assertThat(((GuardRefusal) e).remedy().orElseThrow())
                    .contains("host=/run/postgresql"));
  }

  /** As psql takes it; gssencmode=require fails there, too. */
  @Test
  void nothingIsEncryptedOnAUnixSocket() {
    for (String options : List.of("sslmode=require", "sslmode=verify-full", "ssl=true")) {
      ResolvedConnection resolved =
          resolve("jdbc:postgresql:d?host=/tmp&sslrootcert=/ca.pem&" + options);
      assertThat(resolved.settings().driverProperties())
          .containsOnly(Map.entry("sslmode", "disable"), Map.entry("gssEncMode", "disable"));
      assertThat(resolved.notes())
          .containsExactly(
              "nothing is encrypted on a Unix socket: ssl and sslmode have no effect there");
    }
    assertThat(resolve("postgresql:///d?host=/tmp&sslmode=prefer").notes()).isEmpty();
    assertThatThrownBy(() -> resolve("postgresql:///d?host=/tmp&gssencmode=require"))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("Unix socket");
    assertThatThrownBy(() -> resolve("postgresql:///d?host=/tmp,h&sslmode=verify-full"))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("one sslmode for all");
    assertThat(resolve("postgresql:///d?host=/tmp,h&sslmode=prefer").settings().driverProperties())
        .containsOnly(Map.entry("sslmode", "prefer"));
    assertThat(
            resolve("postgresql:///d?host=/tmp&hostaddr=10.0.0.1&sslmode=require")
                .settings()
                .driverProperties())
        .containsOnly(Map.entry("sslmode", "require"));
  }

  @Test
  void handsTlsToTheDriverAndTranslatesTheWordsOfLibpq() {
    ConnectionSettings settings =
        resolve(
                "postgresql://h/d?sslmode=verify-full&sslrootcert=/ca.pem&channel_binding=require"
                    + "&target_session_attrs=read-write&keepalives=1&application_name=ci"
                    + "&connect_timeout=3")
            .settings();
    assertThat(settings.driverProperties())
        .containsOnly(
            Map.entry("sslmode", "verify-full"),
            Map.entry("sslrootcert", "/ca.pem"),
            Map.entry("channelBinding", "require"),
            Map.entry("targetServerType", "primary"),
            Map.entry("tcpKeepAlive", "true"),
            Map.entry("ApplicationName", "ci"));
    assertThat(settings.connectTimeout()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void leavesOutWhatWouldChangeThePluginsOwnBoundsAndSaysSo() {
    ResolvedConnection resolved =
        resolve(
            "jdbc:postgresql://h/d?socketTimeout=1&loginTimeout=1&prepareThreshold=0"
                + "&currentSchema=x&readOnly=true&connectTimeout=0");
    assertThat(resolved.settings().driverProperties()).isEmpty();
    assertThat(resolved.settings().connectTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(resolved.notes())
        .hasSize(6)
        .anySatisfy(note -> assertThat(note).contains("socketTimeout"));
  }

  @Test
  void refusesToVerifyANameThatIsNotDialled() {
    assertThatThrownBy(() -> resolve("postgresql://name/d?hostaddr=10.0.0.1&sslmode=verify-full"))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("verify");
    assertThatThrownBy(() -> resolve("postgresql://name/d?hostaddr=10.0.0.1&ssl=true"))
        .isInstanceOf(PgkillFailure.class);
    assertThat(resolve("postgresql:///d?hostaddr=10.0.0.1&sslmode=verify-full").settings().server())
        .isEqualTo("10.0.0.1:5432");
  }

  /** The driver is the oracle: whatever it would dial, we dial the same or refuse. */
  @Test
  void neverDialsAnythingElseThanTheDriverWould() {
    String[] authorities = {"", "//", "///", "//h/", "//h:1/", "//h,g/", "//h:1,g:2/", "//[::1]/"};
    String[] names = {"host", "HOST", "PGHOST", "port", "PGPORT", "dbname", "PGDBNAME", "Host"};
    String[] values = {"", "x", "x,y", "7", "7,8", "%5B::1%5D", "a%2Cb", "127.0.0.1", "x%20y"};
    Random random = new Random(42);
    DRIVER.setLevel(Level.OFF);
    int same = 0;
    for (int i = 0; i < 4000; i++) {
      StringBuilder url = new StringBuilder("jdbc:postgresql:");
      url.append(authorities[random.nextInt(authorities.length)]);
      if (random.nextBoolean() && !url.toString().endsWith(":///")) {
        url.append("db");
      }
      String separator = "?";
      for (int n = random.nextInt(4); n > 0; n--) {
        url.append(separator).append(names[random.nextInt(names.length)]);
        url.append('=').append(values[random.nextInt(values.length)]);
        separator = "&";
      }
      same += sameAsDriver(url.toString()) ? 1 : 0;
    }
    DRIVER.setLevel(null);
    assertThat(same).as("URLs that both read").isGreaterThan(200);
  }

  private static boolean sameAsDriver(String url) {
    Properties defaults = new Properties();
    defaults.setProperty("user", "me");
    defaults.setProperty("password", "");
    Properties driver = Driver.parseURL(url, defaults);
    if (driver == null) {
      return false;
    }
    InvalidParameter refusal = catchThrowableOfType(InvalidParameter.class, () -> resolve(url));
    if (refusal != null) {
      return false;
    }
    ConnectionSettings settings = resolve(url).settings();
    String[] hosts = driver.getProperty("PGHOST").split(",");
    String[] ports = driver.getProperty("PGPORT").split(",");
    assertThat(settings.hosts()).as(url).hasSameSizeAs(hosts);
    for (int i = 0; i < hosts.length; i++) {
      String host = hosts[i].isEmpty() ? "localhost" : hosts[i].replaceAll("[\\[\\]]", "");
      assertThat(settings.hosts().get(i).dialled()).as(url).isEqualTo(host);
      assertThat(settings.hosts().get(i).port()).as(url).isEqualTo(Integer.parseInt(ports[i]));
    }
    String database = driver.getProperty("PGDBNAME");
    assertThat(settings.database()).as(url).isEqualTo(database.isEmpty() ? "me" : database);
    return true;
  }

  private static ResolvedConnection resolve(String url) {
    return new ConnectionResolver(EMPTY).resolve(ConnectionRequest.builder().url(url).build());
  }
}
