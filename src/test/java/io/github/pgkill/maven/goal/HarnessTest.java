package io.github.pgkill.maven.goal;

import static org.apache.maven.api.plugin.testing.MojoExtension.getVariableValueFromObject;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.TestServer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.maven.api.di.Provides;
import org.apache.maven.api.plugin.testing.Basedir;
import org.apache.maven.api.plugin.testing.InjectMojo;
import org.apache.maven.api.plugin.testing.MojoParameter;
import org.apache.maven.api.plugin.testing.MojoTest;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.settings.crypto.SettingsDecrypter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The goals in the Maven Plugin Testing Harness, which binds a real POM to them. What they do then
 * is in {@link GoalParametersTest}, which needs more of Maven than the harness imitates.
 */
@MojoTest
class HarnessTest {

  private static final String SHOP = "src/test/projects/shop";
  private static final String URL = "jdbc:postgresql://127.0.0.1:5432/shop";

  @TempDir Path directory;

  @Provides
  MavenSession session() throws IOException {
    Path seed = directory.resolve("seed.sql");
    if (Files.notExists(seed)) {
      Files.copy(Path.of("src/test/projects/shop/seed.sql").toAbsolutePath(), seed);
    }
    return Build.withoutPom(directory)
        .property("shop.url", URL)
        .property("shop.database", "shop")
        .property("shop.reports", directory.resolve("reports").toString())
        .property("shop.output", BoundParameters.OUTPUT)
        .property("shop.dataDirectory", TestServer.shared().dataDirectory().toString())
        .property("pgkill.closeWith", "none")
        .property("pgkill.timeout", "7s")
        .prepare("terminate", "default-cli", MojoExecution.Source.CLI, null)
        .session();
  }

  @Test
  @Basedir(SHOP)
  @InjectMojo(goal = "terminate")
  void thePomBindsEveryParameterOfTerminate(TerminateMojo goal) throws Exception {
    assertThat(described(goal)).isEqualTo(BoundParameters.ofShop("terminate", "shop"));
    assertUndescribedOnesAreBound(goal);
  }

  @Test
  @Basedir(SHOP)
  @InjectMojo(goal = "terminate-sessions")
  void thePomBindsEveryParameterOfTerminateSessions(TerminateSessionsMojo goal) throws Exception {
    assertThat(described(goal)).isEqualTo(BoundParameters.ofShop("terminate-sessions", "shop"));
    assertUndescribedOnesAreBound(goal);
  }

  @Test
  @Basedir(SHOP)
  @InjectMojo(goal = "list-sessions")
  void thePomBindsEveryParameterOfListSessions(ListSessionsMojo goal) throws Exception {
    assertThat(described(goal)).isEqualTo(BoundParameters.ofShop("list-sessions", "shop"));
    assertUndescribedOnesAreBound(goal);
  }

  @Test
  @Basedir(SHOP)
  @InjectMojo(goal = "revoke-connect")
  void thePomBindsEveryParameterOfRevokeConnect(RevokeConnectMojo goal) throws Exception {
    assertThat(described(goal)).isEqualTo(BoundParameters.ofShop("revoke-connect", "shop"));
    assertUndescribedOnesAreBound(goal);
  }

  @Test
  @Basedir(SHOP)
  @InjectMojo(goal = "restore-connect")
  void thePomBindsEveryParameterOfRestoreConnect(RestoreConnectMojo goal) throws Exception {
    assertThat(described(goal)).isEqualTo(BoundParameters.ofShop("restore-connect", "shop"));
    assertUndescribedOnesAreBound(goal);
  }

  @Test
  @Basedir(SHOP)
  @InjectMojo(goal = "drop-database")
  void thePomBindsEveryParameterOfDropDatabase(DropDatabaseMojo goal) throws Exception {
    assertThat(described(goal)).isEqualTo(BoundParameters.ofShop("drop-database", "shop"));
    assertUndescribedOnesAreBound(goal);
  }

  @Test
  @Basedir(SHOP)
  @InjectMojo(goal = "recreate-database")
  void thePomBindsEveryParameterOfRecreateDatabase(RecreateDatabaseMojo goal) throws Exception {
    assertThat(described(goal)).isEqualTo(BoundParameters.ofShop("recreate-database", "shop"));
    assertUndescribedOnesAreBound(goal);
  }

  @Test
  @InjectMojo(goal = "terminate")
  void userPropertiesBindWhereThePomIsSilent(TerminateMojo goal) {
    Map<String, Object> expected = BoundParameters.defaults("terminate");
    expected.put("closeWith", "none");
    expected.put("timeout", "7s");
    assertThat(described(goal)).isEqualTo(expected);
  }

  @Test
  @InjectMojo(goal = "terminate-sessions")
  @MojoParameter(name = "states", value = "idle,active")
  @MojoParameter(name = "timeout", value = "5s")
  @MojoParameter(name = "skip", value = "true")
  void aLiteralBeatsTheUserProperty(TerminateSessionsMojo goal) throws Exception {
    assertThat(described(goal))
        .containsEntry("states", List.of("idle", "active"))
        .containsEntry("timeout", "5s");
    assertThat((Object) getVariableValueFromObject(goal, "skip")).isEqualTo(true);
  }

  @Test
  @InjectMojo(goal = "terminate")
  void theDecrypterOfMavenIsInjected(TerminateMojo goal) throws Exception {
    assertThat((Object) getVariableValueFromObject(goal, "settingsDecrypter"))
        .isInstanceOf(SettingsDecrypter.class);
  }

  /** Secrets, and what is not worth reporting. */
  private void assertUndescribedOnesAreBound(AbstractPgkillMojo goal) throws Exception {
    assertThat((Object) getVariableValueFromObject(goal, "url")).isEqualTo(URL);
    assertThat((Object) getVariableValueFromObject(goal, "password"))
        .isEqualTo("not asked for here");
    assertThat((Object) getVariableValueFromObject(goal, "skip")).isEqualTo(false);
    assertThat((File) getVariableValueFromObject(goal, "reportDirectory"))
        .isEqualTo(directory.resolve("reports").toFile());
  }

  private static Map<String, Object> described(AbstractPgkillMojo goal) {
    return goal.askedFor();
  }
}
