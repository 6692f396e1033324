package io.github.pgkill.report.html;

import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.Wording;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Every signalled session from the signal to its end as one drawing: a labelled bar each while that
 * can be read, a line each in one path beyond that. Positions across are percentages, so that the
 * drawing has any width and its texts keep their size.
 */
final class TimelineChart {

  private static final int LABELLED = 60;
  private static final int HEAD = 26;
  private static final int ROW = 34;
  private static final int TALLEST = 480;
  private static final int LABEL = 36;
  private static final int TICKS = 5;

  /** Units across of the dense drawing. */
  private static final long ACROSS = 10_000;

  /** One victim's time between signal and end, in milliseconds from the start. */
  private record Bar(SessionResult result, long from, long to) {
    boolean survived() {
      return result.outcome() instanceof Outcome.Survived;
    }
  }

  private final List<Bar> bars;
  private final long tick;
  private final long end;

  private TimelineChart(List<Bar> bars) {
    this.bars = bars;
    long last = bars.stream().mapToLong(Bar::to).max().orElse(1);
    tick = tick(last);
    end = (last + tick - 1) / tick * tick;
  }

  static TimelineChart of(List<SessionResult> results) {
    List<Bar> bars = new ArrayList<>();
    for (SessionResult result : results) {
      Duration signalled = result.signalledAt();
      Duration after = after(result.outcome());
      if (signalled != null && after != null) {
        long from = Math.max(0, signalled.toMillis());
        bars.add(new Bar(result, from, Math.max(from, from + after.toMillis())));
      }
    }
    bars.sort(Comparator.comparingLong(Bar::from).thenComparingLong(Bar::to));
    return new TimelineChart(bars);
  }

  /** Whether nobody was signalled. */
  boolean isEmpty() {
    return bars.isEmpty();
  }

  void write(HtmlWriter html) throws IOException {
    html.element("p", summary(), "id", "timeline-text");
    if (bars.size() > LABELLED) {
      html.element(
          "p",
          "Too many to label: each line is one session, in the order of the signals, from top to"
              + " bottom. The table of sessions below has the numbers.",
          "class",
          "note");
    }
    int rows = bars.size() > LABELLED ? Math.min(TALLEST, 4 * bars.size()) : ROW * bars.size();
    html.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "class",
        "chart",
        "width",
        "100%",
        "height",
        Integer.toString(HEAD + rows + 4),
        "role",
        "img",
        "aria-labelledby",
        "timeline-name timeline-text");
    html.element("title", "From signal to gone, session by session", "id", "timeline-name");
    grid(html, HEAD + rows);
    if (bars.size() > LABELLED) {
      dense(html, rows);
    } else {
      labelled(html);
    }
    html.end();
    legend(html);
  }

  private String summary() {
    long survived = bars.stream().filter(Bar::survived).count();
    long slowest =
        bars.stream().filter(b -> !b.survived()).mapToLong(b -> b.to - b.from).max().orElse(0);
    int gone = bars.size() - (int) survived;
    String text = Wording.count(bars.size(), "session") + " signalled: ";
    if (gone > 0) {
      text += gone + " gone, the slowest after " + Wording.time(Duration.ofMillis(slowest));
    }
    if (survived > 0) {
      text += (gone > 0 ? "; " : "") + survived + " still there at the end";
    }
    return text + ".";
  }

  private void grid(HtmlWriter html, int bottom) throws IOException {
    for (long at = 0; at <= end; at += tick) {
      String x = percent(at);
      html.empty(
          "line", "x1", x, "x2", x, "y1", "18", "y2", Integer.toString(bottom), "class", "grid");
      String anchor = at == 0 ? "start" : at == end ? "end" : "middle";
      String label = at == 0 ? "0" : Wording.time(Duration.ofMillis(at));
      html.element("text", label, "x", x, "y", "12", "class", "tick", "text-anchor", anchor);
    }
  }

  private void labelled(HtmlWriter html) throws IOException {
    int y = HEAD;
    for (Bar bar : bars) {
      String kind = bar.survived() ? "bar survived" : "bar gone";
      html.open("text", "x", "0", "y", Integer.toString(y + 13), "class", "label");
      html.element("tspan", label(bar.result), "class", "them");
      html.element("tspan", "  " + ending(bar), "class", bar.survived() ? "bad" : "muted");
      html.close();
      html.empty(
          "rect",
          "x",
          percent(bar.from),
          "y",
          Integer.toString(y + 20),
          "width",
          percent(bar.to - bar.from),
          "height",
          "7",
          "rx",
          "3",
          "class",
          kind);
      if (!bar.survived()) {
        html.empty(
            "circle",
            "cx",
            percent(bar.to),
            "cy",
            Integer.toString(y + 23),
            "r",
            "5",
            "class",
            "end");
      }
      y += ROW;
    }
  }

  private static String label(SessionResult result) {
    return DisplayText.fit(Wording.who(result.session()), LABEL).text()
        + (result.newcomer() ? " new" : "");
  }

  private static String ending(Bar bar) {
    String time = Wording.time(Duration.ofMillis(bar.to - bar.from));
    return bar.survived() ? "still there after " + time : "gone in " + time;
  }

  /** All lines of a kind are one path: thousands of elements would make scrolling slow. */
  private void dense(HtmlWriter html, int height) throws IOException {
    html.open(
        "svg",
        "x",
        "0",
        "y",
        Integer.toString(HEAD),
        "width",
        "100%",
        "height",
        Integer.toString(height),
        "viewBox",
        "0 0 " + ACROSS + " " + bars.size(),
        "preserveAspectRatio",
        "none");
    String width = String.format(Locale.ROOT, "%.2f", Math.max(1, 0.7 * height / bars.size()));
    path(html, false, width);
    path(html, true, width);
    html.close();
  }

  private void path(HtmlWriter html, boolean survived, String width) throws IOException {
    StringBuilder path = new StringBuilder();
    for (int row = 0; row < bars.size(); row++) {
      Bar bar = bars.get(row);
      if (bar.survived() == survived) {
        path.append('M').append(ACROSS * bar.from / end).append(' ').append(row).append(".5");
        path.append('H').append(Math.max(ACROSS * bar.to / end, ACROSS * bar.from / end + 1));
      }
    }
    if (path.length() > 0) {
      html.empty(
          "path",
          "d",
          path.toString(),
          "stroke-width",
          width,
          "vector-effect",
          "non-scaling-stroke",
          "class",
          survived ? "line survived" : "line gone");
    }
  }

  private void legend(HtmlWriter html) throws IOException {
    html.open("p", "class", "legend note").text("Time since the goal first looked. ");
    html.element("span", "", "class", "key gone").text(" from signal to gone");
    if (bars.stream().anyMatch(Bar::survived)) {
      html.text("   ").element("span", "", "class", "key survived").text(" dashed: still there");
    }
    html.end();
  }

  private static @Nullable Duration after(Outcome outcome) {
    if (outcome instanceof Outcome.Gone gone) {
      return gone.after();
    }
    return outcome instanceof Outcome.Survived survived ? survived.after() : null;
  }

  private String percent(long millis) {
    return String.format(Locale.ROOT, "%.3f%%", 100.0 * millis / end);
  }

  /** 1, 2 or 5 times a power of ten, so that there are about five of them. */
  private static long tick(long last) {
    long tick = 1;
    int[] factors = {2, 5, 10};
    for (int i = 0; tick * TICKS < last; i++) {
      long power = (long) Math.pow(10, i / 3);
      tick = power * factors[i % 3];
    }
    return tick;
  }
}
