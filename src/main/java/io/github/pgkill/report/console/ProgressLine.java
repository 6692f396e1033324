package io.github.pgkill.report.console;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What a wait says while it lasts: who is left, how long so far, until when. It keeps silent at
 * first and speaks seldom afterwards; time comes from the caller, who has a clock already.
 */
public final class ProgressLine {

  private static final Duration FIRST = Duration.ofSeconds(2);
  private static final Duration EVERY = Duration.ofSeconds(5);

  /** Where each line takes the place of the one before. */
  private static final Duration REWRITTEN_FIRST = Duration.ofMillis(500);

  private static final Duration REWRITTEN_EVERY = Duration.ofSeconds(1);
  private static final int NAMED = 3;
  private static final String NEWCOMERS = "no session left, watching for newcomers";

  private final String awaited;
  private final String whenNobody;
  private final Duration timeout;
  private final int width;
  private final Duration every;
  private Duration next;

  /**
   * One wait's progress.
   *
   * @param awaited what the sessions are to do, as {@code to end}
   * @param timeout when the wait gives up
   * @param width columns that no line exceeds; less than 20 counts as 20
   */
  public ProgressLine(String awaited, Duration timeout, int width) {
    this.awaited = awaited;
    this.whenNobody = NEWCOMERS;
    this.timeout = timeout;
    this.width = Math.max(Wording.NARROWEST, width);
    this.every = EVERY;
    this.next = FIRST;
  }

  /** One wait's progress, as often as that console bears it. */
  public ProgressLine(String awaited, Duration timeout, Console console) {
    this(awaited, NEWCOMERS, timeout, console);
  }

  /**
   * The same, with words of its own for a wait that is for nobody.
   *
   * @param whenNobody what is said while no session is left
   */
  public ProgressLine(String awaited, String whenNobody, Duration timeout, Console console) {
    this.awaited = awaited;
    this.whenNobody = whenNobody;
    this.timeout = timeout;
    this.width = Math.max(Wording.NARROWEST, console.width());
    this.every = console.rewrites() ? REWRITTEN_EVERY : EVERY;
    this.next = console.rewrites() ? REWRITTEN_FIRST : FIRST;
  }

  /** Whether it is time to speak; lets the caller skip finding out who is left. */
  public boolean due(Duration elapsed) {
    return elapsed.compareTo(next) >= 0;
  }

  /**
   * The line to print now: in a log first after 2 s, then every 5 s; empty in between.
   *
   * @param elapsed since the wait began
   * @param left the sessions still awaited
   */
  public Optional<String> at(Duration elapsed, List<Session> left) {
    if (!due(elapsed)) {
      return Optional.empty();
    }
    next = elapsed.plus(every);
    return Optional.of(text(elapsed, left));
  }

  /** The line itself, whether or not it is time for it. */
  public String text(Duration elapsed, List<Session> left) {
    String time = Wording.time(whole(elapsed)) + " of " + Wording.time(timeout);
    if (left.isEmpty()) {
      return fit(whenNobody + ": " + time);
    }
    String head = "waiting for " + Wording.count(left.size(), "session") + " " + awaited;
    for (int named = Math.min(NAMED, left.size()); named > 0; named--) {
      String line = head + " (" + names(left, named) + "): " + time;
      if (!DisplayText.fit(line, width).cut()) {
        return fit(line);
      }
    }
    return fit(head + ": " + time);
  }

  private String fit(String line) {
    return DisplayText.fit(line, width).text();
  }

  private static String names(List<Session> left, int named) {
    String names = left.stream().limit(named).map(Wording::who).collect(Collectors.joining(", "));
    return left.size() > named ? names + ", ..." : names;
  }

  /** Tenths of a second would only flicker. */
  private static Duration whole(Duration elapsed) {
    return elapsed.compareTo(Duration.ofSeconds(1)) < 0
        ? elapsed
        : elapsed.truncatedTo(ChronoUnit.SECONDS);
  }
}
