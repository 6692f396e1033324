package io.github.pgkill.report.html;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.BlockingForest;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.SessionColumn;
import io.github.pgkill.report.text.Wording;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom as a drawing: those who wait for nobody at the left, each waiter one column to
 * the right of its blocker, arrows from the waiter to whom it waits for. The same sessions always
 * give the same drawing; what would make it too large is left out and counted.
 */
final class BlockingDrawing {

  private static final int LIMIT = 40;
  private static final int PER_BLOCKER = 12;
  private static final int COLUMNS = 8;

  private static final int WIDTH = 208;
  private static final int HEIGHT = 62;
  private static final int COLUMN = WIDTH + 44;
  private static final int LINE = HEIGHT + 14;
  private static final int MARGIN = 6;
  private static final int TEXT = 27;

  /** One box; {@code more} stands for so many sessions that are not drawn. */
  private record Box(int column, int row, int pid, int more) {
    int left() {
      return MARGIN + column * COLUMN;
    }

    int top() {
      return MARGIN + row * LINE;
    }

    int middle() {
      return top() + HEIGHT / 2;
    }
  }

  private final BlockingForest forest;
  private final Map<Integer, String> fates;
  private final Map<Integer, Box> boxes = new LinkedHashMap<>();
  private final List<Box> cuts = new ArrayList<>();
  private final Map<Box, Box> parents = new HashMap<>();
  private int rows;
  private int undrawnChains;
  private int undrawnWaiters;

  /**
   * @param fates what became of a session, by pid; nothing for those that nobody touched
   */
  BlockingDrawing(List<Session> sessions, Map<Integer, String> fates) {
    this.forest = BlockingForest.of(sessions);
    this.fates = fates;
    List<Integer> roots = new ArrayList<>(forest.roots());
    roots.sort(Comparator.<Integer>comparingInt(pid -> -forest.below(pid)).thenComparing(p -> p));
    for (int root : roots) {
      if (boxes.size() < LIMIT) {
        place(root, 0, null);
      } else {
        undrawnChains++;
        undrawnWaiters += forest.below(root);
      }
    }
  }

  /** Whether nobody waits for anybody. */
  boolean isEmpty() {
    return forest.waiters().isEmpty();
  }

  private void place(int pid, int column, @Nullable Box parent) {
    Box box = new Box(column, rows, pid, 0);
    boxes.put(pid, box);
    if (parent != null) {
      parents.put(box, parent);
    }
    Set<Integer> children = forest.children(pid);
    int before = rows;
    int shown = 0;
    int left = forest.below(pid);
    if (column + 1 < COLUMNS) {
      for (int child : children) {
        if (shown == PER_BLOCKER || boxes.size() >= LIMIT) {
          break;
        }
        left -= 1 + forest.below(child);
        place(child, column + 1, box);
        shown++;
      }
    }
    if (left > 0) {
      Box cut = new Box(column + 1, rows++, pid, left);
      cuts.add(cut);
      parents.put(cut, box);
    }
    if (rows == before) {
      rows++;
    }
  }

  void write(HtmlWriter html) throws IOException {
    String summary = summary();
    html.element("p", summary, "id", "graph-text");
    html.open(
        "div", "class", "scroll", "tabindex", "0", "role", "group", "aria-label", "the drawing");
    int columns = boxes.values().stream().mapToInt(Box::column).max().orElse(0);
    columns = Math.max(columns, cuts.stream().mapToInt(Box::column).max().orElse(0));
    html.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "class",
        "graph",
        "width",
        Integer.toString(2 * MARGIN + columns * COLUMN + WIDTH),
        "height",
        Integer.toString(2 * MARGIN + rows * LINE),
        "role",
        "img",
        "aria-labelledby",
        "graph-name graph-text");
    html.element("title", "Who waits for whom", "id", "graph-name");
    arrowHead(html);
    for (Map.Entry<Box, Box> edge : parents.entrySet()) {
      elbow(html, edge.getKey(), edge.getValue());
    }
    otherBlockers(html);
    for (Box box : boxes.values()) {
      box(html, box);
    }
    for (Box cut : cuts) {
      cut(html, cut);
    }
    html.close().end();
  }

  private String summary() {
    int waiting = forest.waiters().size();
    String text =
        Wording.count(waiting, "session", "waits", "wait")
            + " for a lock. An arrow points from who waits to whom it waits for; who waits for"
            + " nobody stands at the left.";
    if (undrawnChains > 0) {
      text +=
          " Too large for one drawing: not drawn are "
              + Wording.count(undrawnChains, "more chain")
              + " with "
              + Wording.count(undrawnWaiters, "waiter")
              + ".";
    }
    return text;
  }

  private static void arrowHead(HtmlWriter html) throws IOException {
    html.open("defs");
    html.open(
        "marker",
        "id",
        "arrow",
        "viewBox",
        "0 0 8 8",
        "refX",
        "8",
        "refY",
        "4",
        "markerWidth",
        "7",
        "markerHeight",
        "7",
        "orient",
        "auto");
    html.empty("path", "d", "M0 0L8 4L0 8z", "class", "head");
    html.close().close();
  }

  /** From the waiter's left side to the blocker's right side, around corners. */
  private static void elbow(HtmlWriter html, Box waiter, Box blocker) throws IOException {
    int turn = waiter.left() - 22;
    int to = blocker.left() + WIDTH + 1;
    String path =
        "M"
            + waiter.left()
            + " "
            + waiter.middle()
            + "H"
            + turn
            + "V"
            + blocker.middle()
            + "H"
            + to;
    html.empty("path", "d", path, "class", "edge", "marker-end", "url(#arrow)");
  }

  /** Whoever waits for several hangs under one of them; the others get a dashed curve. */
  private void otherBlockers(HtmlWriter html) throws IOException {
    for (Box waiter : boxes.values()) {
      for (int pid : forest.blockers(waiter.pid)) {
        Box blocker = boxes.get(pid);
        if (blocker != null && !forest.shownUnder(waiter.pid, pid)) {
          curve(html, waiter, blocker);
        }
      }
    }
  }

  private static void curve(HtmlWriter html, Box waiter, Box blocker) throws IOException {
    int fromY = waiter.middle() + 14;
    int toX = blocker.left() + WIDTH + 1;
    int toY = blocker.middle() + 14;
    String path =
        String.format(
            "M%d %dC%d %d %d %d %d %d",
            waiter.left(), fromY, waiter.left() - 40, fromY, toX + 40, toY, toX, toY);
    html.empty("path", "d", path, "class", "edge also", "marker-end", "url(#arrow)");
  }

  private void box(HtmlWriter html, Box box) throws IOException {
    Session session = forest.session(box.pid);
    boolean root = forest.blockers(box.pid).isEmpty();
    boolean prepared = box.pid == BlockingForest.PREPARED;
    frame(html, box, prepared ? "node prepared" : root ? "node root" : "node");
    line(html, box, 1, prepared ? "prepared transaction" : "pid " + box.pid, "name");
    String fate = fates.get(box.pid);
    if (fate != null) {
      html.element(
          "text",
          fate,
          "x",
          Integer.toString(box.left() + WIDTH - 10),
          "y",
          Integer.toString(box.top() + 19),
          "text-anchor",
          "end",
          "class",
          "fate");
    }
    if (session == null) {
      line(html, box, 2, prepared ? "it has no process" : "not among these sessions", "muted");
    } else {
      String user = session.user() == null ? SessionColumn.HIDDEN : session.user();
      String application = session.applicationName();
      line(html, box, 2, application.isBlank() ? user : user + " / " + application, "them");
      line(html, box, 3, doing(session, root), "them muted");
    }
  }

  /** Of a root, since when it holds on; of a waiter, what it waits for and how long. */
  private static String doing(Session session, boolean root) {
    String what = root ? session.state() : session.waitEvent();
    var since = root ? session.transactionAge() : session.queryAge();
    if (what == null) {
      return session.visible() ? "" : "hidden from this role";
    }
    return since == null ? what : what + ", " + Wording.time(since);
  }

  private static void cut(HtmlWriter html, Box cut) throws IOException {
    frame(html, cut, "node cut");
    line(html, cut, 1, "+ " + HtmlText.grouped(cut.more) + " more", "name");
    line(html, cut, 2, "not drawn, see the table", "muted");
  }

  private static void frame(HtmlWriter html, Box box, String kind) throws IOException {
    html.empty(
        "rect",
        "x",
        Integer.toString(box.left()),
        "y",
        Integer.toString(box.top()),
        "width",
        Integer.toString(WIDTH),
        "height",
        Integer.toString(HEIGHT),
        "rx",
        "7",
        "class",
        kind);
  }

  private static void line(HtmlWriter html, Box box, int line, String text, String kind)
      throws IOException {
    html.element(
        "text",
        DisplayText.fit(text, TEXT).text(),
        "x",
        Integer.toString(box.left() + 10),
        "y",
        Integer.toString(box.top() + 1 + 18 * line),
        "class",
        kind);
  }
}
