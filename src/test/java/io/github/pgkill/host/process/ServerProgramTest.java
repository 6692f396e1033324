package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which programs are the server, for whoever restarts it and for whoever signals its processes. */
final class ServerProgramTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres",
        "/usr/lib/postgresql/15/bin/postgres",
        "/usr/edb/as15/bin/edb-postgres",
        "/opt/pg/bin/postmaster",
        "/opt/pg/bin/postgres-16.2",
        "C:\\Program Files\\PostgreSQL\\15\\bin\\postgres.exe"
      })
  void theServersOwn(String program) {
    assertThat(ServerProgram.isNamed(program)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "postgres: app orders 127.0.0.1(40002) idle",
        "postgres: checkpointer",
        "/home/postgres/bin/sleep",
        "not-postgres"
      })
  void nobodyElses(String program) {
    assertThat(ServerProgram.isNamed(program)).isFalse();
  }

  @Test
  void clocksMayDifferByFiveSecondsAndNoMore() {
    Instant start = Instant.parse("2026-01-31T23:59:59Z");

    assertThat(Clocks.agree(start, start.plusSeconds(5))).isTrue();
    assertThat(Clocks.agree(start, start.minusSeconds(5))).isTrue();
    assertThat(Clocks.agree(start, start.plusMillis(5_001))).isFalse();
    assertThat(Clocks.agree(start, start.minusSeconds(60))).isFalse();
  }
}
