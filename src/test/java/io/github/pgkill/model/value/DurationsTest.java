package io.github.pgkill.model.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.InvalidParameter;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {

  @ParameterizedTest
  @CsvSource({
    "500ms, 500",
    "30s, 30000",
    "5m, 300000",
    "2h, 7200000",
    "1d, 86400000",
    "365d, 31536000000",
    "0s, 0",
    "' 3 s ', 3000",
    "5M, 300000",
    "PT30S, 30000",
    "PT0.25S, 250",
    "P1DT1H, 90000000"
  })
  void readsWhatPeopleType(String text, long millis) {
    assertThat(Durations.parse("timeout", text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "30",
        "s",
        "-1s",
        "PT-1S",
        "1.5s",
        "1y",
        "30sec",
        "366d",
        "9999999999ms",
        "999999999d",
        "PT99999999999H",
        "1s1s"
      })
  void refusesEverythingElse(String text) {
    assertThatThrownBy(() -> Durations.parse("quietPeriod", text))
        .isInstanceOf(InvalidParameter.class)
        .hasMessageStartingWith("parameter quietPeriod: '" + text + "'")
        .satisfies(e -> assertThat(((InvalidParameter) e).remedy()).isPresent());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0ms",
    "85, 85ms",
    "999, 999ms",
    "1000, 1s",
    "4280, 4.2s",
    "59999, 59.9s",
    "60000, 1m",
    "190000, 3m10s",
    "185000, 3m05s",
    "3599999, 59m59s",
    "3600000, 1h",
    "7260000, 2h01m",
    "86400000, 1d",
    "90000000, 1d01h"
  })
  void writesWhatPeopleRead(long millis, String text) {
    assertThat(Durations.format(Duration.ofMillis(millis))).isEqualTo(text);
  }
}
