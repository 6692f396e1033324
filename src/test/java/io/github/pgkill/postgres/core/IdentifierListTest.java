package io.github.pgkill.postgres.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class IdentifierListTest {

  @Test
  void takesApartWhatTheServerStores() {
    assertThat(IdentifierList.split("\"$user\", public")).containsExactly("$user", "public");
    assertThat(IdentifierList.split("app")).containsExactly("app");
    assertThat(IdentifierList.split("\"a, \"\"b\"\"\",c")).containsExactly("a, \"b\"", "c");
    assertThat(IdentifierList.split("\"\"")).containsExactly("");
    assertThat(IdentifierList.split("")).isEmpty();
  }
}
