package io.github.pgkill.host.restart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** By which processes a manager of clusters is told, and by which not. */
class ClusterManagersTest {

  @ParameterizedTest
  @CsvSource({
    "Patroni,/usr/bin/python3 /usr/bin/patroni /etc/patroni/config.yml",
    "Patroni,/usr/local/bin/python3.11 -u /opt/venv/bin/patroni /patroni.yml",
    "Patroni,/usr/bin/patroni /etc/patroni.yml",
    "Pacemaker,/usr/sbin/pacemakerd",
    "repmgr,/usr/lib/postgresql/15/bin/repmgrd -f /etc/repmgr.conf",
    "Stolon,/usr/local/bin/stolon-keeper --data-dir /data",
    "pg_auto_failover,/usr/bin/pg_autoctl run",
    "CloudNativePG,/controller/manager instance run"
  })
  void isToldByItsProcess(String manager, String words) {
    assertThat(sign(words)).singleElement().asString().startsWith(manager + " (process 42, ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vim /etc/patroni.yml",
        "tail -f /var/log/patroni/patroni.log",
        "/usr/bin/python3 /home/me/patroni/setup.py",
        "grep repmgrd",
        "postgres: 15/main: app app 127.0.0.1(5000) idle",
        ""
      })
  void nothingElseIs(String words) {
    assertThat(sign(words)).isEmpty();
  }

  private static Stream<String> sign(String words) {
    String program = words.split(" ")[0];
    return ClusterManagers.sign(42, program.substring(program.lastIndexOf('/') + 1), words);
  }
}
