package io.github.pgkill.report.console;

import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;

/** What is in the way as short indented entries: what stops first, then what should be known. */
public final class BlockerList {

  /** Sessions that merely are there are told by number beyond these. */
  private static final int BYSTANDERS = 3;

  private static final int MOST = 40;
  private static final String INDENT = "  ";
  private static final String DEEPER = "      ";

  private final int width;

  /**
   * @param width columns that no line exceeds; less than 20 counts as 20
   */
  public BlockerList(int width) {
    this.width = Math.max(Wording.NARROWEST, width);
  }

  /** Renders all entries; no lines when there are none. */
  public List<String> lines(List<Blocker> blockers) {
    List<Blocker> stopping = blockers.stream().filter(Blocker::stops).toList();
    List<Blocker> concerning = blockers.stream().filter(blocker -> !blocker.stops()).toList();
    List<String> lines = new ArrayList<>();
    if (!stopping.isEmpty()) {
      lines.add("in the way:");
      lines.addAll(entries(stopping, MOST));
    }
    if (!concerning.isEmpty()) {
      lines.add("not in the way, but there:");
      List<Blocker> bystanders =
          concerning.stream().filter(blocker -> blocker.kind() == Kind.SESSION).toList();
      lines.addAll(
          entries(
              concerning.stream().filter(blocker -> blocker.kind() != Kind.SESSION).toList(),
              MOST));
      lines.addAll(entries(bystanders, BYSTANDERS));
    }
    return lines;
  }

  private List<String> entries(List<Blocker> blockers, int most) {
    List<String> lines = new ArrayList<>();
    blockers.stream().limit(most).forEach(blocker -> lines.addAll(entry(blocker)));
    int more = blockers.size() - most;
    if (more > 0) {
      lines.add(INDENT + "... and " + more + " more; the JSON report has them all");
    }
    return lines;
  }

  private List<String> entry(Blocker blocker) {
    List<String> lines = new ArrayList<>(DisplayText.wrap(INDENT, blocker.what(), width, DEEPER));
    if (blocker.refusal() != null && (blocker.stops() || blocker.kind() == Kind.PROTECTION)) {
      lines.addAll(DisplayText.wrap(DEEPER, blocker.refusal().words(), width, DEEPER));
    }
    return lines;
  }
}
