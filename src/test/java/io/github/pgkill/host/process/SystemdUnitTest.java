package io.github.pgkill.host.process;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which unit a control group belongs to, and whose. */
class SystemdUnitTest {

  @ParameterizedTest
  @CsvSource({
    "0::/system.slice/system-postgresql.slice/postgresql@15-main.service,postgresql@15-main.service,",
    "1:name=systemd:/system.slice/postgresql.service,postgresql.service,",
    "0::/system.slice/db.service/workers,db.service,",
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/db.service,db.service,1000"
  })
  void aServiceIsFoundWithItsOwner(String line, String name, String uid) {
    assertThat(SystemdUnit.ofControlGroup(line)).contains(new SystemdUnit(name, uid));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0::/",
        "0::/init.scope",
        "0::/user.slice/user-1000.slice/session-3.scope",
        "0::/user.slice/user-1000.slice/user@1000.service/app.slice/terminal-7.scope",
        "4:memory:/system.slice/db.service",
        ""
      })
  void everythingElseIsNone(String line) {
    assertThat(SystemdUnit.ofControlGroup(line)).isEmpty();
  }

  @Test
  void ofTwoHierarchiesTheOneThatKnowsCounts() {
    assertThat(SystemdUnit.ofControlGroup("9:name=systemd:/\n0::/system.slice/db.service\n"))
        .contains(new SystemdUnit("db.service", null));
  }
}
