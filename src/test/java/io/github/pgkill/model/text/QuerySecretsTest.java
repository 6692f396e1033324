package io.github.pgkill.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A password in somebody's query never reaches our log or report. */
class QuerySecretsTest {

  private static final int CASES = Integer.getInteger("pgkill.cases", 3_000);

  /** Letters that nothing else in the texts has: one of them in the output is a leak. */
  private static final String SECRET_LETTERS = "ЖФЩЫЮЯ";

  /** {@code ~}: a literal of any kind that holds it; §: its letters; ·: space of any kind. */
  private static final List<String> FORMS =
      List.of(
          "alter role x·password ~",
          "alter role x·encrypted password·~·valid until 'infinity'",
          "alter user x password·§",
          "alter user x password·\"§ §\"",
          "create role x login password·~",
          "alter role x password /* §'s */ ~",
          "alter role x password -- §'s\n~",
          "create user mapping for x server y options (user 'u',·\"password\"·~)",
          "select set_config(·'app.password'·,·~·,·false)",
          "select set_config('app.jwt_secret', ~, true), 'seen'",
          "set app.password·=·~",
          "set session app.password·to·~",
          "set app.password·=·§ §-§",
          "alter role x set app.api_key·to·~",
          "alter role x set app.api_key·to·§, §",
          "alter database d set app.password_hash·=·§",
          "select dblink_connect('host=h password=§ user=u')",
          "select dblink_connect('host=h password=''§''')",
          "select dblink('host=h password=''§ §'' user=u', 'select 1')",
          "do $x$ begin execute 'alter role x password ''§'''; end $x$",
          "do $x$ begin execute 'select ''alter role x password ''''§'''''''; end $x$",
          "create subscription s connection 'postgresql://u:§@h:5432/d' publication p",
          "create subscription s connection·'host=h'\n'user=u password=§' publication p",
          "select dblink_connect('postgresql://u:§/§@§@h/d?sslmode=require')",
          "copy t from program 'PGPASSWORD=§ psql -c x'",
          "insert into users (name, password) values ('bob', ~)",
          "insert into users values (~, 'bob') returning password",
          "update users set secret·=·~ where name = 'bob'",
          "update users set token·=·§ where id = 1",
          "select pgp_sym_encrypt('data', ~)",
          "select crypt(~, gen_salt('bf'))",
          "select 1 from users where ~·=·password",
          "select 1 /* postgresql://u:§@h/d */",
          "select 1 /* it was /* once */ password § */ + 1",
          "select 1 -- password: §\n+ 2",
          "postgresql://u:§@h/d",
          "host=h·password·=·§",
          "password·:·§");

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
        "INSERT INTO users VALUES ('s3cre",
        "ALTER ROLE x PASSWORD /* of course */ 's3cret'",
        "ALTER ROLE x PASSWORD U&'s3cret'",
        "ALTER ROLE x PASSWORD '\\' 's3cret'",
        "ALTER ROLE x PASSWORD 'a'\n -- and\n 's3cret'",
        "CREATE SUBSCRIPTION s CONNECTION 'host=h password=s3cret user=u' PUBLICATION p",
        "CREATE SUBSCRIPTION s CONNECTION 'postgresql://u:s3cret@h/d' PUBLICATION p",
        "CREATE USER MAPPING FOR x SERVER y OPTIONS (user 'u', password 's3cret')",
        "CREATE USER MAPPING FOR x SERVER y OPTIONS (user 'u', \"password\" 's3cret')",
        "select dblink_connect('postgresql://u@h/db?password=s3cret&x=y')",
        "select dblink_connect('host=h password=''s3cret''')",
        "select dblink_connect('host=h password=                 s3cret')",
        "select set_config('app.password', 's3cret', false)",
        "ALTER ROLE x SET app.password TO 's3cret'",
        "select * from t where note = 'SCRAM-SHA-256$4096:s3cret'",
        "select * from t where authorization = 'Bearer s3cret'",
      })
  void masksPasswords(String query) {
    String masked = QuerySecrets.masked(query);
    assertThat(masked).doesNotContain("s3cre").contains("***");
    assertThat(QuerySecrets.masked(masked)).isEqualTo(masked);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select password from users",
        "select 1",
        "update t set password_hash = 5",
        "select \"password\", u.name as \"the name\" from users u where u.password is null",
        "select * from orders where state = 'open' /* a hint */ and note ~ E'it\\'s' -- really",
        "select $body$it's$body$, U&'d\\0061t\\+000061', b'01', x'ff', 'two'\n'lines'",
        "insert into mail (receiver) values ('ann@example.org'), ('http://example.org/a')",
        "select a::text, ':', $1, \"a:b\" from t where x @> '{\"a\": 1}'",
        "alter role x set search_path to 'app', public",
      })
  void leavesOtherTextsAlone(String query) {
    assertThat(QuerySecrets.masked(query)).isEqualTo(query);
  }

  @Test
  void aStatementWithASecretStaysReadable() {
    assertThat(
            QuerySecrets.masked(
                "ALTER ROLE \"bob\" PASSWORD 'a''b' VALID UNTIL 'infinity'; select 7 /* x */"))
        .isEqualTo("ALTER ROLE \"bob\" PASSWORD '***' VALID UNTIL '***'; select 7 /*****/");
    assertThat(QuerySecrets.masked("SET app.password TO hunter; SELECT $1"))
        .isEqualTo("SET app.password TO ***; SELECT $1");
    assertThat(QuerySecrets.masked("select 1 from t where password = $1 and x = y"))
        .isEqualTo("select 1 from t where password = $1 and x = y");
  }

  /** Whatever the form, and wherever the server cut the text. */
  @Test
  void noFormLetsASecretThrough() {
    Random random = new Random(20261126);
    for (int i = 0; i < CASES; i++) {
      String text = text(random);
      // what is cut before it has said a word of it cannot be told from others
      if (random.nextInt(3) == 0 && !text.matches("(?is).*(?:returning|where).*")) {
        text = text.substring(0, random.nextInt(text.length() + 1));
      }
      String masked = String.valueOf(QuerySecrets.masked(text));
      assertThat(masked)
          .as("case %d: %s", i, text)
          .matches(shown -> shown.chars().noneMatch(c -> SECRET_LETTERS.indexOf(c) >= 0));
      assertThat(QuerySecrets.masked(masked)).as("case %d: %s", i, text).isEqualTo(masked);
    }
  }

  @Test
  void theServersWordsDoNotRepeatWhatAStatementKeeps() {
    String statement = "alter role bob password 'my hunter2'; insert into t values ('x')";
    assertThat(QuerySecrets.masked("unterminated string at or near \"'my hunter2\"", statement))
        .doesNotContain("hunter2")
        .contains("unterminated string");
    assertThat(QuerySecrets.masked("invalid input: \"hunter2\" in role \"bob\"", statement))
        .isEqualTo("invalid input: \"***\" in role \"bob\"");
    assertThat(QuerySecrets.masked("column \"a\" does not exist", "select a from t where b = 'a'"))
        .isEqualTo("column \"a\" does not exist");
  }

  private static String text(Random random) {
    StringBuilder text = new StringBuilder();
    if (random.nextInt(4) == 0) {
      text.append(pick(random, "select 'it''s' -- a word\n; ", "/* a 'note */ ", "begin; "));
    }
    String form = FORMS.get(random.nextInt(FORMS.size()));
    boolean upper = random.nextBoolean();
    for (char c : form.toCharArray()) {
      if (c == '·' && random.nextInt(3) > 0) {
        text.append(space(random));
      } else if (c == '·') {
        text.append(' ');
      } else if (c == '~') {
        text.append(literal(random));
      } else if (c == '§') {
        text.append(secret(random));
      } else {
        text.append(upper ? String.valueOf(c).toUpperCase(Locale.ROOT) : c);
      }
    }
    if (random.nextInt(4) == 0) {
      text.append(pick(random, "; select 'it''s'", " -- the end's", " /* ' */", ";"));
    }
    return text.toString();
  }

  private static String literal(Random random) {
    String one = secret(random);
    String two = secret(random);
    return switch (random.nextInt(10)) {
      case 0 -> "'" + one + "''" + two + "'";
      case 1 -> "E'" + one + "\\'" + two + "'";
      case 2 -> "e'" + one + "\\\\'\n'" + two + "'";
      case 3 -> "$$" + one + "'" + two + "$$";
      case 4 -> "$tag$" + one + "$$" + two + "$t$ $tag$";
      case 5 -> "U&'" + one + "''" + two + "'";
      case 6 -> "'" + one + "'\n  '" + two + "'";
      case 7 -> "'" + one + "' -- " + two + "\n\t'" + two + "'";
      case 8 -> "'" + one + " /* " + two + " -- '";
      default -> "N'" + one + "\"" + two + "'";
    };
  }

  private static String space(Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> " ".repeat(1 + random.nextInt(40));
      case 1 -> "\n\t";
      case 2 -> " /* " + pick(random, "of", "it's /* a */ ", "\"") + " */ ";
      case 3 -> " -- " + pick(random, "mind", "it's", "$$") + "\n";
      default -> "/**/";
    };
  }

  private static String secret(Random random) {
    StringBuilder secret = new StringBuilder();
    for (int i = 0; i <= random.nextInt(8); i++) {
      secret.append(SECRET_LETTERS.charAt(random.nextInt(SECRET_LETTERS.length())));
    }
    return secret.toString();
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }
}
