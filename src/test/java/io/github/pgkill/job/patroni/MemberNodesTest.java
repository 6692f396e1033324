package io.github.pgkill.job.patroni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.PatroniUrl;
import io.github.pgkill.testing.StandInRest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whom {@code nodes=patroni} means, by the word of somebody who may lie. */
class MemberNodesTest {

  private final StandInRest rest = new StandInRest();

  @AfterEach
  void close() {
    rest.close();
  }

  @Test
  void membersOnThisMachineAreNodes() {
    members("127.0.0.1", "localhost");
    assertThat(nodes(List.of(), "10.1.2.3")).containsExactly("127.0.0.1:5432", "localhost:5432");
  }

  @Test
  void hostsThatTheUserNamesAreNodes() {
    members("db1", "DB2");
    assertThat(nodes(List.of("db2"), "db1")).containsExactly("db1:5432", "DB2:5432");
  }

  @Test
  void aHostThatOnlyPatroniNamesIsRefusedWithWhatToType() {
    members("127.0.0.1", "db2", "db3");
    assertThatThrownBy(() -> nodes(List.of("db2"), "db1"))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("names members at db3,")
        .satisfies(
            e ->
                assertThat(((PgkillFailure) e).remedy())
                    .hasValueSatisfying(
                        mend ->
                            assertThat(mend)
                                .contains("-Dpgkill.allowedHosts=db2,db3,")
                                .contains("-Dpgkill.nodes=127.0.0.1:5432,db2:5432,db3:5432")));
  }

  @Test
  void aBlockOfAddressesNamesNobody() {
    members("10.0.0.7");
    assertThatThrownBy(() -> nodes(List.of("10.0.0.0/8"), "db1"))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("10.0.0.7");
  }

  @Test
  void aSocketsDirectoryIsNoHostOfAMember() {
    members("/tmp/of-somebody-else");
    assertThatThrownBy(() -> nodes(List.of(), "db1"))
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("/tmp/of-somebody-else");
  }

  @Test
  void aClusterWithoutMembersIsNoConsentToLookAtThePrimaryAlone() {
    rest.says("/cluster", "{\"members\": []}");
    assertThatThrownBy(() -> nodes(List.of(), "db1"))
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("no members");
  }

  @Test
  void patroniHasToBeNamed() {
    assertThatThrownBy(() -> MemberNodes.of(null, rails(List.of()), List.of()))
        .isInstanceOf(InvalidParameter.class);
  }

  private void members(String... hosts) {
    StringBuilder members = new StringBuilder();
    for (String host : hosts) {
      members.append(members.isEmpty() ? "" : ",");
      members.append("{\"name\": \"n\", \"role\": \"replica\", \"host\": \"" + host);
      members.append("\", \"port\": 5432}");
    }
    rest.says("/cluster", "{\"members\": [" + members + "]}");
  }

  private List<String> nodes(List<String> allowedHosts, String host) {
    return MemberNodes.of(
        new PatroniAccess(
            List.of(PatroniUrl.parameter(rest.url())), null, null, Duration.ofSeconds(5)),
        rails(allowedHosts),
        List.of(new HostAddress(host, null, 5432)));
  }

  private static GuardRails rails(List<String> allowedHosts) {
    return new GuardRails(allowedHosts, List.of(), List.of(), List.of(), null);
  }
}
