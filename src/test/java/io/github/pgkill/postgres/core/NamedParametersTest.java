package io.github.pgkill.postgres.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamedParametersTest {

  private static final Path STATEMENTS = Path.of("src/main/resources/io/github/pgkill/postgres");

  @Test
  void namesBecomePlacesInTheirOrder() {
    Sql sql = NamedParameters.resolve("select :b::text, f(:a,:b) where x=:c_1 and y<:d");

    assertThat(sql.text()).isEqualTo("select ?::text, f(?,?) where x=? and y<?");
    assertThat(sql.parameters()).containsExactly("b", "a", "b", "c_1", "d");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select x::name, x :: text",
        "select ':name', 'it''s :name', ''':name'",
        "select E'\\':name', e'\\\\', '\\'",
        "select U&':name', some':name'",
        "select $$ :name ' $$, $tag$ :name $$ :name $tag$, $é$:name$é$",
        "select a$b$ from t",
        "select \":name\", \"a\"\":name\"",
        "select 1 -- :name ' ?\n, 2",
        "select 1 /* :name ' /* ? */ :name */",
        "select a[1:2], a[lo:hi], a[:hi], a[lo :hi][:hi]",
        "select f(a := 1)",
        "select x ~ ':' , 'a':'b'",
        "select '?', $$?$$, \"?\""
      })
  void whatOnlyLooksLikeANameIsLeftAlone(String statement) {
    assertThat(NamedParameters.resolve(statement)).isEqualTo(new Sql(statement, List.of()));
  }

  @Test
  void aNameIsFoundBehindAllThatHidesOthers() {
    Sql sql =
        NamedParameters.resolve(
            "select 'a'':b', E'\\\\', $$'$$, \"'\", /* ' /* */ */ a[(:in_bracket):2] -- '\n"
                + ", f(a[1], :after), b[f(:nested)]");

    assertThat(sql.parameters()).containsExactly("in_bracket", "after", "nested");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select ?",
        "select 'open",
        "select \"open",
        "select /* /* */",
        "$a$ $b$",
        "select E'\\'"
      })
  void whatCannotBeReadIsRefused(String statement) {
    assertThatThrownBy(() -> NamedParameters.resolve(statement))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everyStatementCanBeReadAndHasNoPlaces() throws IOException {
    try (Stream<Path> files = Files.walk(STATEMENTS)) {
      List<String> names =
          files
              .map(file -> STATEMENTS.relativize(file).toString())
              .filter(file -> file.endsWith(".sql"))
              .map(file -> file.substring(0, file.length() - ".sql".length()))
              .toList();

      assertThat(names).hasSizeGreaterThan(80).allSatisfy(Sql::named);
    }
  }

  @Test
  void valuesGoWhereTheirNamesStand() throws SQLException {
    try (Connection connection = TestServer.shared().connect("postgres", "postgres");
        BoundStatement statement =
            new BoundStatement(
                connection, NamedParameters.resolve("select :b::text || :a::int || :b"))) {
      statement.set("a", 1);
      statement.set("b", "x");

      assertThat(statement.query(row -> row.getString(1))).containsExactly("x1x");
    }
  }

  @Test
  void aNameTooFewOrTooManyIsRefused() throws SQLException {
    try (Connection connection = TestServer.shared().connect("postgres", "postgres");
        BoundStatement statement =
            new BoundStatement(connection, NamedParameters.resolve("select :a::int, :b::int"))) {
      statement.set("a", 1);

      assertThatThrownBy(() -> statement.query(row -> row.getInt(1)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("[b]");
      assertThatThrownBy(() -> statement.set("c", 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("c");
    }
  }
}
