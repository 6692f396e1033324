package io.github.pgkill.job.patroni;

import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.patroni.ClusterView;
import io.github.pgkill.model.patroni.MemberStatus;
import io.github.pgkill.model.patroni.PatroniMember;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.patroni.RestartCall;
import java.time.Duration;
import java.util.Optional;

/**
 * The leader of a Patroni cluster, of which it was proved that it is the server that we are
 * connected to: its REST shows the same system identifier and the same start, to the microsecond.
 */
public final class ProvenLeader {

  private final PatroniCluster cluster;
  private final PatroniMember leader;

  private ProvenLeader(PatroniCluster cluster, PatroniMember leader) {
    this.cluster = cluster;
    this.leader = leader;
  }

  /**
   * Finds it, and refuses to interfere with what is scheduled.
   *
   * @param server what we are connected to, by its own words
   * @throws PgkillFailure when it is not the leader, or something is scheduled
   */
  public static ProvenLeader of(PatroniCluster cluster, InstanceInfo server) {
    ClusterView view = cluster.view();
    PatroniMember leader =
        view.leader()
            .orElseThrow(
                () ->
                    new PgkillFailure(
                        "Patroni names no leader at the moment",
                        "Run the goal again when patronictl list shows one."));
    requireOurs(cluster.status(leader), leader, server);
    refuseScheduled(view, leader);
    cluster.mayHearSecrets(leader);
    return new ProvenLeader(cluster, leader);
  }

  private static void requireOurs(MemberStatus status, PatroniMember leader, InstanceInfo server) {
    if (server.systemIdentifier() == null) {
      throw new GuardRefusal(
          "whether Patroni's leader " + leader.described() + " is this server cannot be told",
          "GRANT EXECUTE ON FUNCTION pg_control_system() TO the role.");
    }
    if (!status.systemIdentifier().equals(server.systemIdentifier())) {
      throw new GuardRefusal(
          "Patroni's leader "
              + leader.described()
              + " is of another cluster: its system identifier is "
              + (status.systemIdentifier().isEmpty() ? "hidden" : status.systemIdentifier())
              + ", that of this server is "
              + server.systemIdentifier(),
          "Name the REST of this server's cluster in -Dpgkill.patroni.");
    }
    if (!status.isOf(server)) {
      throw new GuardRefusal(
          "this server, up since "
              + server.startedAt()
              + ", is not the leader that Patroni names, "
              + leader.described()
              + ", up since "
              + status.startedAt(),
          "Give the URL of the leader.");
    }
    if (!status.leads()) {
      throw new PgkillFailure(
          "Patroni's leader "
              + leader.described()
              + " is "
              + status.state()
              + " as "
              + status.role(),
          "Run the goal again when patronictl list shows it running.");
    }
  }

  private static void refuseScheduled(ClusterView view, PatroniMember leader) {
    if (view.scheduledSwitchover() != null) {
      throw new PgkillFailure(
          "Patroni has a switchover scheduled (" + view.scheduledSwitchover() + ")",
          "Wait until it has happened, or drop it: patronictl flush CLUSTER switchover");
    }
    if (leader.scheduledRestart() != null) {
      throw new PgkillFailure(
          "Patroni has a restart of "
              + leader.name()
              + " scheduled ("
              + leader.scheduledRestart()
              + ")",
          "Wait until it has happened, or drop it: patronictl flush CLUSTER "
              + leader.name()
              + " restart");
    }
  }

  /** Its name and where its server is. */
  public String described() {
    return leader.described();
  }

  /** Asks its Patroni to restart it, once. */
  public RestartCall restart(Duration most) {
    return cluster.restart(leader, most);
  }

  /** What is asked, for those who read a log. */
  public String request() {
    return "POST " + leader.rest() + "/restart";
  }

  /** Whether it leads still, or again, as the server that we see now. */
  public boolean leads(InstanceInfo now) {
    try {
      MemberStatus status = cluster.status(leader);
      return status.leads() && status.isOf(now);
    } catch (PgkillException e) {
      // its Patroni does not answer: then nobody knows
      return false;
    }
  }

  /** Who leads now, if that is another one. */
  public Optional<String> successor() {
    try {
      return cluster
          .view()
          .leader()
          .filter(now -> !now.name().equals(leader.name()))
          .map(PatroniMember::described);
    } catch (PgkillException e) {
      // no Patroni answers: then nobody knows
      return Optional.empty();
    }
  }
}
