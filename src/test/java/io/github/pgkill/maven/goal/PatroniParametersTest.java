package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.maven.settings.Server;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a build may say of Patroni, before anybody is asked. */
class PatroniParametersTest {

  @TempDir Path directory;

  @Test
  void aPasswordInAnAddressIsRefusedAndShownNowhere() throws IOException {
    Build.Run run = build().property("pgkill.patroni", "http://u:s3cret@db:8008").run("diagnose");
    assertThat(run.message()).contains("parameter patroni:").contains("patroniServerId");
    assertThat(run.message()).doesNotContain("s3cret");
    assertThat(run.log().lines()).noneMatch(line -> line.contains("s3cret"));
    for (Path file : run.files()) {
      assertThat(Files.readString(file)).doesNotContain("s3cret");
    }
  }

  @Test
  void anAddressThatIsNoneIsNotPassedOver() {
    assertThat(build().property("pgkill.patroni", "db1:8008").run("terminate").message())
        .contains("parameter patroni:");
  }

  @Test
  void membersAndRestartsNeedAnAddress() {
    assertThat(build().property("pgkill.nodes", "patroni").run("list-sessions").message())
        .contains("-Dpgkill.patroni=http://host:8008");
    assertThat(build().property("pgkill.restartWith", "patroni").run("restart-server").message())
        .contains("-Dpgkill.patroni=http://host:8008");
    assertThat(build().property("pgkill.patroniServerId", "rest").run("terminate").message())
        .contains("-Dpgkill.patroni=http://host:8008");
  }

  @Test
  void theServerOfTheSettingsHasToBeThereAndWhole() {
    Server half = new Server();
    half.setId("rest");
    half.setUsername("patroni");
    assertThat(credentials("other").run("terminate").message())
        .contains("parameter patroniServerId: settings.xml has no server 'other'");
    assertThat(credentials("rest").server(half).run("terminate").message())
        .contains("lacks a user name or a password");
  }

  private Build credentials(String id) {
    return build()
        .property("pgkill.patroni", "http://127.0.0.1:1")
        .property("pgkill.patroniServerId", id);
  }

  private Build build() {
    return Build.withoutPom(directory)
        .property("pgkill.url", "jdbc:postgresql://127.0.0.1:1/app")
        .property("pgkill.user", "ci");
  }
}
