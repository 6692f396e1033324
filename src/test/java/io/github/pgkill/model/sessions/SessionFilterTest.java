package io.github.pgkill.model.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.connection.ClientAddress;
import io.github.pgkill.model.value.NamePattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SessionFilterTest {

  @Test
  void meansClientsUnlessAskedForOthers() {
    assertThat(SessionFilter.ALL_CLIENTS.backendTypes()).containsExactly("client backend");
    assertThat(SessionFilter.builder().backendTypes(List.of("walsender")).build().backendTypes())
        .containsExactly("walsender");
  }

  @Test
  void whatEverybodySeesNeedsNoPrivilege() {
    List<NamePattern> names = List.of(new NamePattern("app", false));
    SessionFilter filter =
        SessionFilter.builder()
            .sessionUsers(List.of("a"))
            .excludeSessionUsers(List.of("b"))
            .applicationNames(names)
            .excludeApplicationNames(names)
            .pids(List.of(1))
            .backendTypes(List.of("client backend"))
            .build();

    assertThat(filter.needingHiddenColumns()).isEmpty();
  }

  @Test
  void everythingElseDoes() {
    List<ClientAddress> addresses = List.of(new ClientAddress(null));
    SessionFilter filter =
        SessionFilter.builder()
            .clientAddresses(addresses)
            .excludeClientAddresses(addresses)
            .states(List.of("idle"))
            .queryPattern("x")
            .excludeQueryPattern("y")
            .minSessionAge(Duration.ZERO)
            .minTransactionAge(Duration.ZERO)
            .minQueryAge(Duration.ZERO)
            .minStateAge(Duration.ZERO)
            .backendTypes(List.of("client backend", "walsender"))
            .build();

    assertThat(filter.needingHiddenColumns())
        .containsExactly(
            "clientAddresses",
            "excludeClientAddresses",
            "states",
            "queryPattern",
            "excludeQueryPattern",
            "minSessionAge",
            "minTransactionAge",
            "minQueryAge",
            "minStateAge",
            "backendTypes");
  }

  @Test
  void keepsItsValuesWhateverBecomesOfTheLists() {
    List<String> users = new ArrayList<>(List.of("app"));
    SessionFilter filter = SessionFilter.builder().sessionUsers(users).build();
    users.clear();

    assertThat(filter.sessionUsers()).containsExactly("app");
  }
}
