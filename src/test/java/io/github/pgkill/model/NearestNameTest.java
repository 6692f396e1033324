package io.github.pgkill.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NearestNameTest {

  private static final List<String> KNOWN =
      List.of("excludeApplicationNames", "excludeSessionUsers", "sessionUsers", "user", "url");

  @Test
  void fewWrongLettersAreForgiven() {
    assertThat(NearestName.of("sesionUsers", KNOWN)).contains("sessionUsers");
    assertThat(NearestName.of("URI", KNOWN)).contains("url");
  }

  @Test
  void leftOutPartsAreGuessed() {
    assertThat(NearestName.of("excludeUser", KNOWN)).contains("excludeSessionUsers");
    assertThat(NearestName.of("excludeApps", KNOWN)).contains("excludeApplicationNames");
  }

  @Test
  void nothingNearIsNothing() {
    assertThat(NearestName.of("somethingElse", KNOWN)).isEmpty();
    assertThat(NearestName.of("xyz", KNOWN)).isEmpty();
  }
}
