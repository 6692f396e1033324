package io.github.pgkill.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The cluster of the tests is one: a leader whom the others follow, whatever becomes of it. */
@Tag("fleet")
@Needs(Machine.FLEET)
class FleetTest {

  @Test
  void whoeverLeadsIsFollowed() throws SQLException {
    Fleet fleet = Fleet.shared();
    String identifier = fleet.systemIdentifier();

    Fleet.Node second = fleet.standbys().get(0);
    fleet.switchOver(second);
    fleet.awaitHealthy();
    assertThat(fleet.leader()).isEqualTo(second);

    assertThat(fleet.loseLeader()).isEqualTo(second);
    assertThat(fleet.leader()).isNotEqualTo(second);
    fleet.bringBack(second);
    fleet.awaitHealthy();
    assertThat(fleet.standbys()).contains(second);
    assertThat(fleet.systemIdentifier()).isEqualTo(identifier);
  }
}
