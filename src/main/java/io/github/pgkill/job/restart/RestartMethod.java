package io.github.pgkill.job.restart;

import io.github.pgkill.model.host.StepResult;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How the server is restarted: by a program of this host, or by what keeps it in a cluster. */
sealed interface RestartMethod permits HostRestart, PatroniRestart {

  /** What was proved of it, in words. */
  String proof();

  /** What is done, in one line and without secrets. */
  String described();

  /** What somebody can do about a server that is down. */
  String startedBy();

  /** Does it, once. */
  Attempt attempt(RestartProof proof, Duration readyTimeout);

  /** Brings one that broke off half-way to its end, and returns the last look at the server. */
  RestartProof.Look finish(RestartProof proof, Duration readyTimeout);

  /** Whether the server that was seen restarted is what it was before; why not, in words. */
  @Nullable String objection(RestartProof.Look restarted);

  /** What it knows of a restart that went wrong, to follow what is said already. */
  String aftermath();

  /**
   * What came of doing it.
   *
   * @param step it as a line of the report
   * @param end how it ended
   * @param words what went wrong; of one that is done, what it said, to follow what is said already
   * @param remedy what mends that, whatever became of the server; null where that decides
   */
  record Attempt(StepResult step, End end, String words, @Nullable String remedy) {

    boolean succeeded() {
      return end == End.DONE;
    }
  }

  /** How doing it ended. */
  enum End {
    DONE,
    /** It said no, and may or may not have begun. */
    REFUSED,
    /** It ended half-way: what it began may go on, or the server may be down. */
    BROKE_OFF
  }
}
