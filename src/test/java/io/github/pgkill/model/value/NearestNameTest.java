package io.github.pgkill.model.value;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {

  private static final List<String> KNOWN = List.of("orders", "orders_test", "Billing", "app");

  @ParameterizedTest
  @CsvSource({
    "order, orders",
    "ordres, orders",
    "orders_tset, orders_test",
    "billing, Billing",
    "ap, app",
    "APP, app"
  })
  void findsWhatWasMeant(String typed, String meant) {
    assertThat(NearestName.of(typed, KNOWN)).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({
    "excludeUser, excludeSessionUsers",
    "excludeApps, excludeApplicationNames",
    "sesionUsers, sessionUsers"
  })
  void guessesPartsThatWereLeftOut(String typed, String meant) {
    List<String> parameters =
        List.of("excludeApplicationNames", "excludeSessionUsers", "sessionUsers", "user", "url");
    assertThat(NearestName.of(typed, parameters)).contains(meant);
  }

  @ParameterizedTest
  @CsvSource({"warehouse", "xyz123"})
  void suggestsNothingFarFetched(String typed) {
    assertThat(NearestName.of(typed, KNOWN)).isEmpty();
  }

  @Test
  void hasNothingToSuggestWhereNothingIsKnown() {
    assertThat(NearestName.of("app", List.of())).isEmpty();
  }
}
