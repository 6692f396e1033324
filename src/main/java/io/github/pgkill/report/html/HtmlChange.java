package io.github.pgkill.report.html;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.text.SessionColumn;
import io.github.pgkill.report.text.Wording;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Who was connected before and who is after, counted by role, application and state. */
final class HtmlChange {

  private static final int GROUPS = 25;

  /** The sessions of one role, application and state. */
  private static final class Group {
    private final Session one;
    private int before;
    private int newcomers;
    private int after;

    Group(Session one) {
      this.one = one;
    }

    int all() {
      return before + newcomers;
    }
  }

  private HtmlChange() {}

  static void write(HtmlWriter html, List<SessionResult> results) throws IOException {
    List<Group> groups = groups(results);
    html.open("table", "class", "change");
    html.element("caption", "Sessions that matched, by role, application and state");
    html.open("thead").open("tr");
    html.element("th", "role, application, state", "scope", "col");
    for (String header : List.of("before", "came later", "after")) {
      html.element("th", header, "scope", "col", "class", "number");
    }
    html.close().close().open("tbody");
    for (Group group : groups.subList(0, Math.min(GROUPS, groups.size()))) {
      row(html, group);
    }
    if (groups.size() > GROUPS) {
      rest(html, groups.subList(GROUPS, groups.size()));
    }
    html.close().open("tfoot").open("tr");
    html.element("th", "all", "scope", "row");
    numbers(html, groups);
    html.close().close().end();
  }

  private static List<Group> groups(List<SessionResult> results) {
    Map<List<String>, Group> groups = new LinkedHashMap<>();
    for (SessionResult result : results) {
      Session session = result.session();
      List<String> key =
          List.of(
              SessionColumn.USER.shown(session),
              SessionColumn.APPLICATION.shown(session),
              SessionColumn.STATE.shown(session));
      Group group = groups.computeIfAbsent(key, k -> new Group(session));
      group.before += result.newcomer() ? 0 : 1;
      group.newcomers += result.newcomer() ? 1 : 0;
      group.after += result.outcome().ended() ? 0 : 1;
    }
    List<Group> largestFirst = new ArrayList<>(groups.values());
    largestFirst.sort(Comparator.comparingInt(group -> -group.all()));
    return largestFirst;
  }

  private static void row(HtmlWriter html, Group group) throws IOException {
    html.open("tr").open("th", "scope", "row").foreign(SessionColumn.USER.shown(group.one));
    html.open("small").foreign(HtmlText.head(SessionColumn.APPLICATION.shown(group.one), 120));
    html.text(", ").foreign(SessionColumn.STATE.shown(group.one)).close().close();
    numbers(html, List.of(group));
    html.end();
  }

  private static void rest(HtmlWriter html, List<Group> groups) throws IOException {
    html.open("tr");
    html.element("th", Wording.count(groups.size(), "more group"), "scope", "row");
    numbers(html, groups);
    html.end();
  }

  private static void numbers(HtmlWriter html, List<Group> groups) throws IOException {
    number(html, groups.stream().mapToInt(group -> group.before).sum());
    number(html, groups.stream().mapToInt(group -> group.newcomers).sum());
    number(html, groups.stream().mapToInt(group -> group.after).sum());
  }

  private static void number(HtmlWriter html, int number) throws IOException {
    html.element("td", HtmlText.grouped(number), "class", "number");
  }
}
