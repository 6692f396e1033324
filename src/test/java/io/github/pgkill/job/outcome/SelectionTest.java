package io.github.pgkill.job.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.report.text.Samples;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SelectionTest {

  @Test
  void whoeverHadAPidBeforeSomebodyElseKeepsAnOutcomeOfItsOwn() {
    Session before = session(4711, "2026-01-01 00:00:00.000001+00");
    Session after = session(4711, "2026-01-01 00:00:09.000001+00");

    assertThat(of(before).renewed(of(after)).victims()).containsExactly(after, before);
    assertThat(of(before).renewed(of(before)).victims()).containsExactly(before);
  }

  @Test
  void whatTheServerHidesIsToldByItsPid() {
    Session hidden = session(4711, null);

    assertThat(of(hidden).renewed(of(hidden)).victims()).containsExactly(hidden);
  }

  private static Selection of(Session session) {
    return new Selection(Set.of(), List.of(new Candidate(session, null)));
  }

  private static Session session(int pid, String start) {
    return new Session(
        Samples.NODE,
        pid,
        start,
        "app",
        "app",
        false,
        "psql",
        "local",
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        false,
        null,
        List.of(),
        null,
        null);
  }
}
