package io.github.pgkill.host.restart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.host.command.Programs;
import io.github.pgkill.host.process.HostProcess;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.ShutdownMode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What pg_ctl is not asked to do. */
@DisabledOnOs(OS.WINDOWS)
class PgCtlTest {

  @ParameterizedTest
  @ValueSource(strings = {"/d/$(touch x)", "/d/`x`", "/d/\"", "/d/\\", "/d/a\nb"})
  void isGivenNoPathThatItsShellWouldRead(String path) {
    assertThatThrownBy(() -> pgCtl(Path.of(path)))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("to a shell");
  }

  @Test
  void needsToKnowWhereTheDataIs() {
    assertThatThrownBy(() -> pgCtl(null))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("hides from this role where its data is")
        .satisfies(
            e ->
                assertThat(((PgkillFailure) e).remedy().orElse(""))
                    .contains("GRANT pg_read_all_settings", "-Dpgkill.dataDirectory"));
  }

  private static PgCtl pgCtl(Path dataDirectory) {
    return new PgCtl(
        new Tools(new Programs(List.of()), new CommandRunner()),
        new RestartTarget(
            HostProcess.all().findFirst().orElseThrow(),
            dataDirectory,
            null,
            ShutdownMode.FAST,
            Duration.ofSeconds(5),
            false));
  }
}
