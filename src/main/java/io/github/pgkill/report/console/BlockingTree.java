package io.github.pgkill.report.console;

import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.report.text.BlockingForest;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Who blocks whom, as an indented tree from those who wait for nobody. */
public final class BlockingTree {

  private static final int INDENT = 2;
  private static final int OTHERS_NAMED = 3;
  private static final int LEAST_PER_PARENT = 3;

  private final int width;
  private final int limit;

  /**
   * A tree of bounded size.
   *
   * @param width columns that no line exceeds; less than 20 counts as 20
   * @param limit sessions shown at most
   */
  public BlockingTree(int width, int limit) {
    this.width = Math.max(Wording.NARROWEST, width);
    this.limit = Math.max(1, limit);
  }

  /** Renders all chains among the sessions, node by node; no lines when nobody waits. */
  public List<String> lines(List<Session> sessions) {
    Map<Node, List<Session>> byNode = new LinkedHashMap<>();
    for (Session session : sessions) {
      byNode.computeIfAbsent(session.node(), node -> new ArrayList<>()).add(session);
    }
    List<String> lines = new ArrayList<>();
    byNode.values().forEach(those -> lines.addAll(linesOfNode(those)));
    return lines;
  }

  private List<String> linesOfNode(List<Session> sessions) {
    BlockingForest forest = BlockingForest.of(sessions);
    if (forest.waiters().isEmpty()) {
      return List.of();
    }
    Drawing drawing = new Drawing(forest);
    drawing.draw();
    return drawing.lines;
  }

  /** A step of the drawing: a process, or how many more wait for it than are shown. */
  private record Step(int pid, int depth, int unnamed) {}

  /** One tree being drawn, each process before those that wait for it. */
  private final class Drawing {
    private final BlockingForest forest;
    private final int perParent;
    private final Deque<Step> open = new ArrayDeque<>();
    private final List<String> lines = new ArrayList<>();
    private int waitersTold;
    private int sessionsShown;

    private Drawing(BlockingForest forest) {
      this.forest = forest;
      perParent = Math.max(LEAST_PER_PARENT, limit / forest.roots().size());
    }

    private void draw() {
      int waiting = forest.waiters().size();
      line(
          0,
          Wording.count(waiting, "session", "waits", "wait")
              + " for a lock, each below the one that blocks it:");
      forest.roots().forEach(pid -> open.add(new Step(pid, 1, 0)));
      while (!open.isEmpty() && sessionsShown < limit) {
        step(open.pop());
      }
      if (waitersTold < waiting) {
        line(
            1,
            "... and "
                + (waiting - waitersTold)
                + Wording.agree(
                    waiting - waitersTold, " more that waits, of ", " more that wait, of ")
                + waiting
                + "; the JSON report has them all");
      }
    }

    private void step(Step step) {
      if (step.unnamed() > 0) {
        String verb = Wording.agree(step.unnamed(), " waits", " wait");
        line(
            step.depth(),
            "... and " + step.unnamed() + " more" + verb + " below pid " + step.pid());
        waitersTold += step.unnamed();
        return;
      }
      sessionsShown++;
      waitersTold += forest.blockers(step.pid()).isEmpty() ? 0 : 1;
      line(step.depth(), describe(step.pid(), forest.roots().contains(step.pid())));
      pushChildren(step);
    }

    private void pushChildren(Step step) {
      List<Integer> children = List.copyOf(forest.children(step.pid()));
      List<Integer> named = children.subList(0, Math.min(perParent, children.size()));
      int unnamed = forest.below(step.pid());
      for (int child : named) {
        unnamed -= 1 + forest.below(child);
      }
      if (unnamed > 0) {
        open.push(new Step(step.pid(), step.depth() + 1, unnamed));
      }
      for (int i = named.size() - 1; i >= 0; i--) {
        open.push(new Step(named.get(i), step.depth() + 1, 0));
      }
    }

    /** Deep chains keep two thirds of the width for words, and tell their depth instead. */
    private void line(int depth, String text) {
      int deepest = width / 3 / INDENT;
      String level = depth > deepest ? "(level " + depth + ") " : "";
      int indent = INDENT * Math.min(depth, deepest);
      lines.add(" ".repeat(indent) + DisplayText.fit(level + text, width - indent).text());
    }

    private String describe(int pid, boolean root) {
      StringBuilder text = new StringBuilder(who(pid));
      int below = forest.below(pid);
      if (below > 0) {
        text.append(", blocks ").append(below);
      }
      text.append(circle(pid, root)).append(elsewhere(pid, root));
      Session session = forest.session(pid);
      return session == null ? text.toString() : text.append(doing(session)).toString();
    }

    private String who(int pid) {
      if (pid == BlockingForest.PREPARED) {
        return "a prepared transaction (see pg_prepared_xacts)";
      }
      Session session = forest.session(pid);
      return session == null
          ? "pid " + pid + " (another database or hidden)"
          : Wording.who(session);
    }

    private String circle(int pid, boolean root) {
      Set<Integer> blockers = forest.blockers(pid);
      return root && !blockers.isEmpty()
          ? ", waits in a circle (deadlock) for " + named(List.copyOf(blockers))
          : "";
    }

    /** What the tree's shape cannot show: further blockers, and waiters under somebody else. */
    private String elsewhere(int pid, boolean root) {
      if (!root) {
        List<Integer> others =
            forest.blockers(pid).stream()
                .filter(blocker -> !forest.shownUnder(pid, blocker))
                .collect(Collectors.toList());
        return others.isEmpty() ? "" : ", also waits for " + named(others);
      }
      List<Integer> others =
          forest.waiters().stream()
              .filter(waiter -> forest.blockers(waiter).contains(pid))
              .filter(waiter -> !forest.shownUnder(waiter, pid))
              .filter(waiter -> !forest.roots().contains(waiter))
              .collect(Collectors.toList());
      return others.isEmpty() ? "" : ", also blocks " + named(others) + " (shown elsewhere)";
    }

    private String named(List<Integer> pids) {
      List<String> names =
          pids.stream()
              .map(pid -> pid == 0 ? "a prepared transaction" : pid.toString())
              .collect(Collectors.toList());
      return Wording.firstOf(names, OTHERS_NAMED);
    }

    private String doing(Session session) {
      StringBuilder text = new StringBuilder();
      if (session.state() != null) {
        text.append(", ").append(session.state());
      }
      if (session.transactionAge() != null) {
        text.append(", xact ").append(Wording.time(session.transactionAge()));
      }
      if (session.waitEvent() != null) {
        text.append(", ").append(session.waitEvent());
      }
      String query = session.query();
      return text.append(query == null || query.isBlank() ? "" : ": " + query).toString();
    }
  }
}
