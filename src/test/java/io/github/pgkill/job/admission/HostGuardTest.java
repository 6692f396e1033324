package io.github.pgkill.job.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.pgkill.model.connection.AddressBlock;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialRule;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostGuardTest {

  private final List<String> lookedUp = new ArrayList<>();
  private final Map<String, List<String>> names =
      Map.of(
          "inside", List.of("10.1.2.3", "10.1.2.4"),
          "straddling", List.of("10.1.2.3", "192.0.2.1"),
          "nowhere", List.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost", "LocalHost", "localhost.localdomain", "ip6-localhost", "127.0.0.1",
        "127.255.0.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::FFFF:7F00:1"
      })
  void thisMachineNeedsNoListing(String host) throws UnknownHostException {
    DialPlan plan = check(host);
    assertThat(plan.local()).isTrue();
    assertThat(plan.rules()).hasSize(1);
    assertThat(plan.rules().get(0).admits(InetAddress.getByName("127.0.0.1"))).isTrue();
    assertThat(plan.rules().get(0).admits(InetAddress.getByName("10.0.0.1"))).isFalse();
    assertThat(lookedUp).isEmpty();
  }

  @Test
  void aUnixSocketIsOfThisMachineAndLeadsNowhereElse() {
    DialPlan plan = check("/run/postgresql");
    assertThat(plan.local()).isTrue();
    assertThat(lookedUp).isEmpty();
    DialRule rule = DialPlan.decode(plan.encode()).get(0);
    assertThat(rule).isEqualTo(plan.rules().get(0));
    assertThat(rule.directory()).isEqualTo("/run/postgresql");
    assertThat(rule.concerns("/run/postgresql") || rule.concerns("localhost")).isFalse();
    assertThat(DialPlan.decode(check("/a b=c,d+e%2F/é").encode()).get(0).directory())
        .isEqualTo("/a b=c,d+e%2F/é");
    assertThatThrownBy(() -> check("/run/postgresql", "/run/postgresql"))
        .isInstanceOf(InvalidParameter.class)
        .satisfies(
            e ->
                assertThat(((InvalidParameter) e).remedy().orElseThrow())
                    .contains("a Unix socket's directory needs no listing"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres",
        "localhost.",
        "localhost.example.com",
        "my.localhost",
        "10.0.0.1",
        "128.0.0.1",
        "0.0.0.0",
        "::",
        "::2",
        "::1%lo",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "lοcalhost"
      })
  void everythingElseNeedsListing(String host) {
    GuardRefusal refusal = catchThrowableOfType(GuardRefusal.class, () -> check(host));
    assertThat(refusal).hasMessage("host \"" + host + "\" is not loopback");
    assertThat(refusal.remedy())
        .contains("If it is this build's own server, add -Dpgkill.allowedHosts=" + host);
    assertThat(lookedUp).isEmpty();
    assertThat(check(host, host).local()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f.1",
        "0x7F000001",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.1.",
        "999.1.1.1",
        "127.0.0.256",
        "1.2.3.4.5"
      })
  void noAddressIsTakenInASpellingThatHidesIt(String host) {
    assertThatThrownBy(() -> check(host)).isInstanceOf(GuardRefusal.class);
    assertThatThrownBy(() -> check(host, "0.0.0.0/0", host)).isInstanceOf(GuardRefusal.class);
    assertThat(lookedUp).isEmpty();
  }

  @Test
  void aNameIsAllowedByNameWithoutCaseAndMayLeadAnywhere() throws UnknownHostException {
    DialRule rule = check("DB.Internal", "other", "db.internal").rules().get(0);
    assertThat(rule.admits(InetAddress.getByName("203.0.113.9"))).isTrue();
    assertThat(lookedUp).isEmpty();
    assertThatThrownBy(() -> check("db.internal.evil.com", "db.internal"))
        .isInstanceOf(GuardRefusal.class);
  }

  @Test
  void anAddressIsAllowedByItselfOrItsBlock() {
    assertThat(check("10.1.2.3", "10.1.0.0/16").local()).isFalse();
    assertThat(check("10.1.2.3", "10.1.2.3").local()).isFalse();
    assertThat(check("2001:db8::5", "2001:DB8::/32").local()).isFalse();
    assertThatThrownBy(() -> check("10.2.2.3", "10.1.0.0/16")).isInstanceOf(GuardRefusal.class);
    assertThatThrownBy(() -> check("2001:db9::5", "2001:db8::/32", "0.0.0.0/0"))
        .isInstanceOf(GuardRefusal.class);
  }

  @Test
  void anUnlistedNameIsPinnedToTheBlocksThatHoldAllItsAddresses() throws UnknownHostException {
    DialRule rule = check("inside", "10.1.0.0/16").rules().get(0);
    assertThat(rule.admits(InetAddress.getByName("10.1.9.9"))).isTrue();
    assertThat(rule.admits(InetAddress.getByName("192.0.2.1"))).isFalse();
    for (String name : List.of("straddling", "nowhere", "unknown")) {
      assertThatThrownBy(() -> check(name, "10.1.0.0/16"))
          .isInstanceOf(GuardRefusal.class)
          .hasMessage("host \"" + name + "\" is not loopback");
    }
    assertThat(lookedUp).containsExactly("inside", "straddling", "nowhere", "unknown");
  }

  @Test
  void theAddressThatIsDialledCountsAndNotTheNameBesideIt() {
    HostAddress renamed = new HostAddress("localhost", "10.0.0.1", 5432);
    assertThatThrownBy(() -> guard().check(settings(renamed), rails()))
        .isInstanceOf(GuardRefusal.class)
        .hasMessage("host \"10.0.0.1\" (dialled for \"localhost\") is not loopback");
    assertThatThrownBy(
            () -> guard().check(settings(new HostAddress("db", "10.0.0.1", 5432)), rails("db")))
        .isInstanceOf(GuardRefusal.class);
    assertThat(guard().check(settings(new HostAddress("db", "127.0.0.1", 5432)), rails()).local())
        .isTrue();
  }

  @Test
  void everyHostOfAListCounts() {
    ConnectionSettings settings = settings(host("localhost"), host("a"), host("b"), host("c"));
    assertThatThrownBy(() -> guard().check(settings, rails("a")))
        .isInstanceOfSatisfying(
            GuardRefusal.class,
            refusal -> {
              assertThat(refusal).hasMessage("hosts \"b\", \"c\" are not loopback");
              assertThat(refusal.remedy().orElseThrow())
                  .endsWith("add -Dpgkill.allowedHosts=a,b,c");
            });
    DialPlan plan = guard().check(settings, rails("a", "b", "c"));
    assertThat(plan.local()).isFalse();
    assertThat(plan.rules()).extracting(DialRule::host).containsExactly("localhost", "a", "b", "c");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.0.0.0/33",
        "10.0.0/8",
        "10.0.0.0/",
        "10.0.0.0/x",
        "/8",
        "db/8",
        "db:5432",
        "[::1]",
        "*.internal",
        "*",
        "",
        "a b",
        "2001:db8::/129",
        "http://db"
      })
  void whatIsNeitherNameNorBlockIsAnInvalidParameter(String entry) {
    assertThatThrownBy(() -> check("localhost", entry))
        .isInstanceOfSatisfying(
            InvalidParameter.class, e -> assertThat(e.parameter()).isEqualTo("allowedHosts"));
  }

  @Test
  void thePlanSurvivesTheDriversTextArgument() {
    DialPlan plan =
        guard()
            .check(
                settings(host("localhost"), host("::1"), host("db"), host("inside")),
                rails("db", "10.0.0.0/8", "2001:db8::/32"));
    assertThat(DialPlan.decode(plan.encode())).isEqualTo(plan.rules());
    assertThat(DialPlan.decode("db=")).containsExactly(new DialRule("db", List.of()));
    for (String broken : List.of("", "db", "db=x", "=::1", "db=10.0.0.0/33")) {
      assertThatThrownBy(() -> DialPlan.decode(broken))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(AddressBlock.parse("999.1.1.1")).isEmpty();
  }

  @Test
  void aNameThatMayComeYetIsHeldToTheBlocks() throws UnknownHostException {
    assertThatThrownBy(() -> check("later", "10.1.0.0/16")).isInstanceOf(GuardRefusal.class);

    ConnectionSettings waiting = settings(Duration.ofSeconds(1), host("later"));
    DialRule rule = guard().check(waiting, rails("10.1.0.0/16")).rules().get(0);

    assertThat(rule.admits(InetAddress.getByName("10.1.2.3"))).isTrue();
    assertThat(rule.admits(InetAddress.getByName("10.2.2.3"))).isFalse();
    assertThatThrownBy(() -> guard().check(waiting, rails("other")))
        .isInstanceOf(GuardRefusal.class);
  }

  private DialPlan check(String host, String... allowed) {
    return guard().check(settings(host(host)), rails(allowed));
  }

  private HostGuard guard() {
    return new HostGuard(
        name -> {
          lookedUp.add(name);
          if (!names.containsKey(name)) {
            throw new UnknownHostException(name);
          }
          List<InetAddress> addresses = new ArrayList<>();
          for (String address : names.get(name)) {
            addresses.add(InetAddress.getByName(address));
          }
          return addresses;
        });
  }

  private static HostAddress host(String name) {
    return new HostAddress(name, null, 5432);
  }

  private static GuardRails rails(String... allowed) {
    return new GuardRails(Arrays.asList(allowed), List.of(), List.of(), List.of(), null);
  }

  private static ConnectionSettings settings(HostAddress... hosts) {
    return settings(Duration.ZERO, hosts);
  }

  private static ConnectionSettings settings(Duration waitForServer, HostAddress... hosts) {
    return new ConnectionSettings(
        List.of(hosts),
        "app",
        List.of("postgres"),
        "me",
        null,
        Map.of(),
        null,
        Duration.ofSeconds(1),
        waitForServer,
        Map.of());
  }
}
