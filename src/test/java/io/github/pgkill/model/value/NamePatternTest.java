package io.github.pgkill.model.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.InvalidParameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {

  @ParameterizedTest
  @ValueSource(strings = {"app", "a/b", "app/", ".*", "", "C:\\x", "100%"})
  void withoutASlashInFrontItIsAName(String text) {
    assertThat(NamePattern.parse("applicationNames", text))
        .isEqualTo(new NamePattern(text, false))
        .hasToString(text);
  }

  @Test
  void betweenSlashesItIsAnExpression() {
    assertThat(NamePattern.parse("applicationNames", "/^a/b.*$/"))
        .isEqualTo(new NamePattern("^a/b.*$", true))
        .hasToString("/^a/b.*$/");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "//", "/a", "/a{1"})
  void expressionThatIsNotClosedIsRefused(String text) {
    assertThatThrownBy(() -> NamePattern.parse("applicationNames", text))
        .isInstanceOf(InvalidParameter.class)
        .hasMessageStartingWith("parameter applicationNames: '" + text + "'");
  }
}
