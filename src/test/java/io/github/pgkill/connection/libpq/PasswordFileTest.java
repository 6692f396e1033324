package io.github.pgkill.connection.libpq;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordFileTest {

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "h:5432:app:bob:secret            | secret",
        "*:*:*:*:secret                   | secret",
        "h:*:*:bob:secret                 | secret",
        "h:5432:app:bob:a\\:b\\\\c         | a:b\\c",
        "h:5432:app:bob:a:ignored         | a",
        "\\h:5432:app:bob:secret          | secret",
        "H:5432:app:bob:secret            |",
        "h:5433:app:bob:secret            |",
        "h:5432:apps:bob:secret           |",
        "h:5432:app:bobby:secret          |",
        "#h:5432:app:bob:secret           |",
        "**:5432:app:bob:secret           |",
        "h:5432:app:bob:                  |",
      })
  void aLineMatchesAsInLibpq(String line, String password) throws IOException {
    assertThat(find(line)).isEqualTo(Optional.ofNullable(password).map(Secret::new));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "h", "h:", "h:5432", "h:5432:app:bob", "*", "*:*:*", "h\\", ":::::"})
  void aMalformedLineIsPassedOver(String line) throws IOException {
    assertThat(find(line + "\nh:5432:app:bob:next")).contains(new Secret("next"));
  }

  @Test
  void theFirstMatchWins() throws IOException {
    assertThat(find("h:*:*:*:first\nh:5432:app:bob:second")).contains(new Secret("first"));
  }

  @Test
  void anAddressIsWrittenWithItsColonsEscaped() throws IOException {
    PasswordFile file = file("\\:\\:1:5432:app:bob:six");
    assertThat(file.find(new HostAddress("::1", null, 5432), "app", "bob"))
        .contains(new Secret("six"));
  }

  @Test
  void aSocketIsWrittenByItsDirectoryAndTheDefaultOneAsLocalhost() throws IOException {
    HostAddress debian = new HostAddress("/run/postgresql", null, 5432);
    HostAddress other = new HostAddress("/srv/sockets", null, 5432);
    PasswordFile local = file("localhost:5432:app:bob:local");
    assertThat(local.find(debian, "app", "bob")).contains(new Secret("local"));
    assertThat(local.find(other, "app", "bob")).isEmpty();
    PasswordFile byName = file("/run/postgresql:*:*:*:one\n/srv/sockets:5432:app:bob:two");
    assertThat(byName.find(debian, "app", "bob")).contains(new Secret("one"));
    assertThat(byName.find(other, "app", "bob")).contains(new Secret("two"));
  }

  @Test
  void aMissingFileIsNothingToTalkAbout() {
    PasswordFile file = new PasswordFile(directory.resolve("missing"));
    assertThat(file.objection()).isEmpty();
    assertThat(file.find(new HostAddress("h", null, 5432), "app", "bob")).isEmpty();
  }

  @Test
  void onlyAPlainFileIsRead() {
    assertThat(new PasswordFile(directory).objection()).isPresent();
  }

  private Optional<Secret> find(String text) throws IOException {
    return file(text).find(new HostAddress("h", null, 5432), "app", "bob");
  }

  private PasswordFile file(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("pgpass"), text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return new PasswordFile(file);
  }
}
