package io.github.pgkill.maven.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.maven.goal.Build;
import io.github.pgkill.maven.goal.RecordingLog;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.maven.settings.Server;
import org.apache.maven.settings.Settings;
import org.apache.maven.settings.crypto.SettingsDecrypter;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sonatype.plexus.components.cipher.DefaultPlexusCipher;
import org.sonatype.plexus.components.cipher.PlexusCipherException;
import org.sonatype.plexus.components.sec.dispatcher.DefaultSecDispatcher;

/** Entries of settings.xml, decrypted by Maven's own decrypter. */
class CredentialsTest {

  private static final String SECURITY = DefaultSecDispatcher.SYSTEM_PROPERTY_SEC_LOCATION;
  private static final String MASTER = "the master password";

  @TempDir static Path home;
  private static @Nullable String before;

  private final Settings settings = new Settings();
  private final RecordingLog log = new RecordingLog();

  @BeforeAll
  static void writeMasterPassword() throws IOException, PlexusCipherException {
    Path file = home.resolve("settings-security.xml");
    Files.writeString(
        file,
        "<settingsSecurity><master>" + encrypt(MASTER, SECURITY) + "</master></settingsSecurity>");
    before = System.getProperty(SECURITY);
    System.setProperty(SECURITY, file.toString());
  }

  @AfterAll
  static void restore() {
    if (before == null) {
      System.clearProperty(SECURITY);
    } else {
      System.setProperty(SECURITY, before);
    }
  }

  @Test
  void aPlainPasswordIsTakenAsItStands() {
    add("shop-db", "app", "hunter2");
    assertThat(credentials("shop-db"))
        .isEqualTo(new ServerCredentials("shop-db", "app", new Secret("hunter2")));
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void anEncryptedPasswordIsDecrypted() throws PlexusCipherException {
    String encrypted = encrypt("hunter2", MASTER);
    assertThat(encrypted).startsWith("{").endsWith("}").doesNotContain("hunter2");
    add("shop-db", "app", encrypted);
    assertThat(credentials("shop-db").password()).isEqualTo(new Secret("hunter2"));
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void aPasswordThatCannotBeDecryptedIsRefused() throws PlexusCipherException {
    String foreign = encrypt("hunter2", "another master password");
    add("shop-db", "app", foreign);
    PgkillFailure failure = catchThrowableOfType(PgkillFailure.class, () -> credentials("shop-db"));
    assertThat(failure)
        .hasMessage("the password of server shop-db in settings.xml could not be decrypted");
    assertThat(failure.remedy().orElseThrow())
        .contains("settings-security.xml")
        .doesNotContain(foreign);
    assertThat(log.lines()).isEmpty();
  }

  @Test
  void aPlainPasswordWithBracesInsideIsUsedWithAWarningThatHidesIt() {
    add("shop-db", "app", "my{weird}pw");
    assertThat(credentials("shop-db").password()).isEqualTo(new Secret("my{weird}pw"));
    assertThat(log.lines())
        .containsExactly(
            "warn Maven could not decrypt the password of server shop-db in settings.xml; it is"
                + " used as it stands");
  }

  @Test
  void anEntryMayLeaveOutUserOrPassword() {
    add("no-user", null, "hunter2");
    add("no-password", "app", null);
    assertThat(credentials("no-user").username()).isNull();
    assertThat(credentials("no-user").password()).isEqualTo(new Secret("hunter2"));
    assertThat(credentials("no-password"))
        .isEqualTo(new ServerCredentials("no-password", "app", null));
  }

  @Test
  void anUnknownIdIsRefusedWithTheNearest() {
    add("shop-db", "app", "hunter2");
    InvalidParameter refusal =
        catchThrowableOfType(InvalidParameter.class, () -> credentials("shop-bd"));
    assertThat(refusal).hasMessage("parameter serverId: settings.xml has no server 'shop-bd'");
    assertThat(refusal.remedy()).contains("Did you mean shop-db?");
  }

  @Test
  void anUnknownIdWithNothingNearIsToldWhatToAdd() {
    PgkillException refusal =
        catchThrowableOfType(PgkillException.class, () -> credentials("shop-db"));
    assertThat(refusal.remedy()).contains("Add <server><id>shop-db</id>... to it.");
  }

  private ServerCredentials credentials(String id) {
    return new Credentials(settings, Build.lookup(SettingsDecrypter.class), log).of(id);
  }

  private void add(String id, @Nullable String user, @Nullable String password) {
    Server server = new Server();
    server.setId(id);
    server.setUsername(user);
    server.setPassword(password);
    settings.addServer(server);
  }

  private static String encrypt(String text, String key) throws PlexusCipherException {
    return new DefaultPlexusCipher().encryptAndDecorate(text, key);
  }
}
