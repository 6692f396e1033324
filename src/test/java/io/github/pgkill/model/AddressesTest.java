package io.github.pgkill.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.connection.AddressBlock;
import io.github.pgkill.model.connection.ClientAddress;
import io.github.pgkill.model.failure.InvalidParameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link AddressBlock} and {@link ClientAddress}. */
class AddressesTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.1.2.3/8, 10.9.9.9, true",
    "192.168.1.128/25, 192.168.1.127, false",
    "192.168.1.128/25, 192.168.1.255, true",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::1, false",
    "127.0.0.1, 127.0.0.1, true",
    "127.0.0.1, 127.0.0.2, false",
    "::1, ::1, true",
    "::1, 127.0.0.1, false",
    "fe80::/10, febf::1, true",
    "fe80::/10, fec0::1, false",
    "::/0, 2001:db8::1, true",
    "::/0, 10.0.0.1, false"
  })
  void blockHoldsItsAddresses(String block, String address, boolean inside) {
    assertThat(
            AddressBlock.parse(block)
                .orElseThrow()
                .contains(AddressBlock.address(address).orElseThrow()))
        .isEqualTo(inside);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "010.0.0.1",
        "1.2.3.4.5",
        "1.2.3.256",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/x",
        "::1/129",
        ":::",
        "1.2.3.4 ",
        "[::1]",
        "example.com/8",
        "12:34"
      })
  void nothingElseIsAnAddress(String text) {
    assertThat(AddressBlock.parse(text)).isEmpty();
    assertThatThrownBy(() -> ClientAddress.parse("clientAddresses", text))
        .isInstanceOf(InvalidParameter.class)
        .hasMessageStartingWith("parameter clientAddresses: '" + text + "' is not an address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"local", "LOCAL", "Local"})
  void localIsTheUnixSocket(String text) {
    assertThat(ClientAddress.parse("clientAddresses", text).local()).isTrue();
    assertThat(ClientAddress.parse("clientAddresses", "127.0.0.1").local()).isFalse();
  }
}
