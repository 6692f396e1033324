package io.github.pgkill.job.patroni;

import io.github.pgkill.job.admission.HostGuard;
import io.github.pgkill.model.connection.DialRule;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.patroni.ClusterView;
import io.github.pgkill.model.patroni.MemberStatus;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.PatroniMember;
import io.github.pgkill.model.patroni.PatroniUrl;
import io.github.pgkill.patroni.PatroniRest;
import io.github.pgkill.patroni.RestEndpoint;
import io.github.pgkill.patroni.RestartCall;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * Patroni as far as the guard lets anybody ask it: every address is judged before it is dialled,
 * those that Patroni itself names as well.
 */
public final class PatroniCluster {

  private final PatroniAccess access;
  private final GuardRails rails;
  private final PatroniRest rest;

  /**
   * @throws GuardRefusal when one of the addresses is neither local nor listed
   */
  public PatroniCluster(PatroniAccess access, GuardRails rails) {
    this.access = access;
    this.rails = rails;
    this.rest = new PatroniRest(access);
    new HostGuard().check(access.urls().stream().map(PatroniUrl::address).toList(), rails);
  }

  /**
   * The cluster as the first of the addresses that answers sees it.
   *
   * @throws PgkillException of the last one when none does
   */
  public ClusterView view() {
    PgkillException last = null;
    for (PatroniUrl url : access.urls()) {
      try {
        return rest.cluster(endpoint(url));
      } catch (PgkillError e) {
        last = e;
      }
    }
    throw last == null ? new IllegalStateException("no URL of Patroni") : last;
  }

  /** What a member's own Patroni says of its server. */
  MemberStatus status(PatroniMember member) {
    return rest.member(endpoint(member));
  }

  /** Asks a member's Patroni to restart its server, once. */
  RestartCall restart(PatroniMember member, Duration most) {
    return rest.restart(mayHearSecrets(member), most);
  }

  /**
   * Where a member's REST is, to send a password to.
   *
   * @throws GuardRefusal when others could read it, or nobody vouches for who answers
   */
  RestEndpoint mayHearSecrets(PatroniMember member) {
    RestEndpoint endpoint = endpoint(member);
    if (access.password() != null && !endpoint.mayHearSecrets()) {
      throw new GuardRefusal(
          "the password of -Dpgkill.patroniServerId would go to "
              + endpoint.url()
              + " without TLS, where others may read it and anybody may answer",
          "Give Patroni's REST a certificate (restapi.certfile) and an https address"
              + " (restapi.connect_address); or run the build on that host.");
    }
    return endpoint;
  }

  private RestEndpoint endpoint(PatroniMember member) {
    PatroniUrl url = member.rest();
    if (url == null) {
      throw new PgkillError(
          "Patroni names no address of the REST of its member " + member.name(),
          "See api_url in what -Dpgkill.patroni answers at /cluster.",
          null);
    }
    return endpoint(url);
  }

  private RestEndpoint endpoint(PatroniUrl url) {
    DialRule rule = new HostGuard().check(List.of(url.address()), rails).rules().get(0);
    try {
      return Arrays.stream(InetAddress.getAllByName(url.host()))
          .filter(rule::admits)
          .findFirst()
          .map(address -> new RestEndpoint(url, address))
          .orElseThrow(
              () ->
                  new GuardRefusal(
                      "host \"" + url.host() + "\" leads to an address that is not allowed",
                      "Name Patroni's REST by its address, or list that in"
                          + " -Dpgkill.allowedHosts."));
    } catch (UnknownHostException e) {
      throw new PgkillError(
          "the host of Patroni at " + url + " is not known", "Is -Dpgkill.patroni right?", e);
    }
  }
}
