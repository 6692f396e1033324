package io.github.pgkill.postgres.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A password in somebody's query never reaches our log or report. */
class QuerySecretsTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER ROLE x PASSWORD 's3cret'",
        "alter user x with encrypted password  's3cret' valid until 'infinity'",
        "CREATE ROLE x PASSWORD E's3cret\\'s3cret'",
        "CREATE ROLE x PASSWORD 's3cret''s3cret'",
        "CREATE ROLE x PASSWORD $$s3cret$$ LOGIN",
        "CREATE ROLE x PASSWORD $a$s3cret$a$ LOGIN",
        "ALTER ROLE x PASSWORD 's3cre",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=s3cret user=u' PUBLICATION p",
        "CREATE USER MAPPING FOR x SERVER y OPTIONS (user 'u', password 's3cret')",
        "select dblink_connect('postgresql://u@h/db?password=s3cret&x=y')",
      })
  void masksPasswords(String query) {
    assertThat(QuerySecrets.masked(query)).doesNotContain("s3cre").contains("***");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"select password from users", "select 1", "update t set password_hash = 5"})
  void leavesOtherTextsAlone(String query) {
    assertThat(QuerySecrets.masked(query)).isEqualTo(query);
  }
}
