package io.github.pgkill.job.diagnose;

import io.github.pgkill.job.patroni.PatroniCluster;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.patroni.ClusterView;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.PatroniMember;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.text.PlainText;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What Patroni says of the cluster: who is in it and how they are, and what it is about to do. */
final class PatroniFindings {

  private final List<Blocker> blockers = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  private PatroniFindings() {}

  /**
   * Asks it, where the user says where. That it cannot be asked is a finding, too.
   *
   * @param access null for nobody
   */
  static PatroniFindings of(@Nullable PatroniAccess access, GuardRails rails, Intent intent) {
    PatroniFindings findings = new PatroniFindings();
    if (access != null) {
      try {
        findings.tell(new PatroniCluster(access, rails).view(), intent);
      } catch (PgkillException e) {
        findings.notes.add(
            "what Patroni is about to do is not known: "
                + e.getMessage()
                + e.remedy().map(remedy -> ". " + remedy).orElse(""));
      }
    }
    return findings;
  }

  /** What it is about to do: a restart does not get in between. */
  List<Blocker> blockers() {
    return blockers;
  }

  /** How the members are. */
  List<String> notes() {
    return notes;
  }

  private void tell(ClusterView view, Intent intent) {
    view.members().forEach(member -> notes.add(line(member)));
    if (view.leader().isEmpty()) {
      notes.add("Patroni names no leader at the moment");
    }
    if (view.paused()) {
      notes.add("Patroni is paused: nobody takes over when the leader is lost (patronictl resume)");
    }
    if (view.scheduledSwitchover() != null) {
      blockers.add(
          scheduled("a switchover", view.scheduledSwitchover(), "CLUSTER switchover", intent));
    }
    for (PatroniMember member : view.members()) {
      if (member.scheduledRestart() != null) {
        blockers.add(
            scheduled(
                "a restart of " + member.name(),
                member.scheduledRestart(),
                "CLUSTER " + member.name() + " restart",
                intent));
      }
    }
  }

  private static Blocker scheduled(String what, String when, String flushed, Intent intent) {
    return new Blocker(
        Blocker.Kind.PROTECTION,
        PlainText.line("Patroni has " + what + " scheduled (" + when + ")"),
        null,
        null,
        intent == Intent.RESTART,
        null,
        null,
        new Refusal(
            Refusal.Cause.WAIT,
            PlainText.line("wait until it has happened, or drop it: patronictl flush " + flushed)));
  }

  private static String line(PatroniMember member) {
    List<String> facts = new ArrayList<>(List.of(member.role()));
    add(facts, "", member.state());
    add(facts, "timeline ", member.timeline());
    if (!member.leads()) {
      add(facts, "bytes behind: ", member.lag());
    }
    add(facts, "tags ", member.tags());
    return PlainText.line(
        "Patroni's member " + member.described() + ": " + String.join(", ", facts));
  }

  private static void add(List<String> facts, String what, String value) {
    if (!value.isEmpty()) {
      facts.add(what + value);
    }
  }
}
