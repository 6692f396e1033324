package io.github.pgkill.report.html;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.report.Surroundings;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.console.BlockingTree;
import io.github.pgkill.report.text.PoolerWording;
import io.github.pgkill.report.text.SessionColumn;
import io.github.pgkill.report.text.Wording;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The report of one execution as a page to look at: the verdict first, then what led to it. */
final class HtmlPage {

  private static final int TREE_WIDTH = 110;
  private static final int TREE_LIMIT = 200;
  private static final int STATEMENTS_AT_ONCE = 40;

  /** Writes the content of one part of the page. */
  private interface Body {
    void write() throws IOException;
  }

  private record Section(String id, String title, Body body) {}

  private final HtmlWriter html;
  private final GoalReport report;
  private final Surroundings around;
  private final List<Section> sections = new ArrayList<>();

  HtmlPage(Writer out, GoalReport report) {
    this.html = new HtmlWriter(out);
    this.report = report;
    this.around = report.surroundings();
  }

  /**
   * Writes the page.
   *
   * @param json the name of the JSON report beside it
   */
  void write(String json) throws IOException {
    plan();
    String word = HtmlFrame.word(report.verdict().status());
    HtmlFrame.open(html, "pgkill:" + report.goal() + " - " + word, HtmlFrame.icon(word));
    header(word);
    html.open("main");
    for (Section section : sections) {
      html.open("section", "id", section.id, "aria-labelledby", section.id + "-title");
      html.element("h2", section.title, "id", section.id + "-title");
      section.body.write();
      html.end();
    }
    html.end();
    footer(json);
    HtmlFrame.close(html);
  }

  private void plan() {
    if (!around.blockers().isEmpty()) {
      section("blockers", "In the way", this::blockers);
    }
    if (!report.results().isEmpty() || !report.listed().isEmpty()) {
      planAboutSessions();
    }
    if (around.lockout() != null) {
      section("lockout", "The lockout", this::lockout);
    }
    if (!around.poolers().isEmpty()) {
      section("poolers", "Poolers", this::poolers);
    }
    if (!around.alsoHit().isEmpty()) {
      section("also-hit", "Also hit", this::alsoHit);
    }
    if (!around.prepared().isEmpty()) {
      section("prepared", "Prepared transactions", this::prepared);
    }
    if (!around.steps().isEmpty()) {
      section("steps", "Steps", this::steps);
    }
    if (!report.statements().isEmpty()) {
      section("statements", "Statements", this::statements);
    }
    if (!report.results().isEmpty()) {
      section("sessions", "Sessions", this::results);
    }
    if (!report.listed().isEmpty()) {
      section("listed", listedTitle(), this::listed);
    }
    section("request", "What was asked for", this::request);
  }

  private void planAboutSessions() {
    List<SessionResult> results = report.results();
    TimelineChart timeline = TimelineChart.of(results);
    if (!timeline.isEmpty()) {
      section("timeline", "From signal to gone", () -> timeline.write(html));
    }
    for (Node node : nodes()) {
      BlockingDrawing graph = new BlockingDrawing(everybody(node), fates(node));
      if (!graph.isEmpty()) {
        String where = node.suffix();
        section(
            "graph" + (where.isEmpty() ? "" : sections.size()),
            "Who waited for whom" + where,
            () -> graph(graph, node));
      }
    }
    if (!results.isEmpty()) {
      section("change", "Before and after", () -> HtmlChange.write(html, results));
    }
  }

  private void section(String id, String title, Body body) {
    sections.add(new Section(id, title, body));
  }

  private String listedTitle() {
    return report.verdict().status() == Verdict.Status.DRY_RUN
        ? "What would become of the sessions"
        : "Sessions";
  }

  /** Where there are sessions: process ids mean something within one of these. */
  private Set<Node> nodes() {
    Set<Node> nodes = new LinkedHashSet<>();
    for (ListedSession listed : report.listed()) {
      nodes.add(listed.session().node());
    }
    for (SessionResult result : report.results()) {
      nodes.add(result.session().node());
    }
    return nodes;
  }

  /** Those of one node that matched and those that were listed, each process once. */
  private List<Session> everybody(Node node) {
    Map<Integer, Session> sessions = new LinkedHashMap<>();
    report.listed().stream()
        .map(ListedSession::session)
        .filter(session -> session.node().equals(node))
        .forEach(session -> sessions.put(session.pid(), session));
    report.results().stream()
        .filter(result -> !result.newcomer())
        .filter(result -> result.session().node().equals(node))
        .forEach(result -> sessions.putIfAbsent(result.session().pid(), result.session()));
    return new ArrayList<>(sessions.values());
  }

  private Map<Integer, String> fates(Node node) {
    Map<Integer, String> fates = new HashMap<>();
    report.results().stream()
        .filter(result -> !result.newcomer())
        .filter(result -> result.session().node().equals(node))
        .forEach(result -> fates.put(result.session().pid(), result.outcome().word()));
    return fates;
  }

  private void header(String word) throws IOException {
    html.open("header", "class", "verdict " + HtmlFrame.kind(word));
    html.open("h1").element("span", HtmlFrame.sign(word), "class", "sign", "aria-hidden", "true");
    html.text(" pgkill:" + report.goal() + " ").element("span", word, "class", "word").end();
    html.open("p", "class", "summary").foreign(report.verdict().summary()).end();
    if (!report.verdict().remarks().isEmpty()) {
      html.open("ul", "class", "remarks");
      for (String remark : report.verdict().remarks()) {
        html.open("li").foreign(remark).close();
      }
      html.end();
    }
    facts();
    tiles();
    navigation();
    html.end();
  }

  private void facts() throws IOException {
    html.open("p", "class", "facts");
    ConnectionSettings connection = report.connection();
    if (connection != null) {
      html.text("Database ").open("strong").foreign(connection.database()).close();
      if (report.database() != null) {
        html.text(" (object id " + report.database().oid() + ")");
      }
      html.text(" at ").foreign(connection.server());
    }
    ServerInfo server = report.server();
    if (server != null) {
      html.text(", PostgreSQL ").foreign(server.version()).text(", as ").foreign(server.role());
    }
    html.text(connection == null ? "" : " \u00b7 ");
    time(report.startedAt());
    html.text(" \u00b7 took " + Wording.time(report.duration()));
    html.end();
  }

  private void time(Instant at) throws IOException {
    String iso = at.truncatedTo(ChronoUnit.SECONDS).toString();
    html.element("time", iso.replace("T", " ").replace("Z", " UTC"), "datetime", iso);
  }

  private void tiles() throws IOException {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (String word : List.of("gone", "already gone", "refused", "survived", "excluded")) {
      counts.put(word, 0);
    }
    report.results().forEach(result -> counts.merge(result.outcome().word(), 1, Integer::sum));
    counts.values().removeIf(number -> number == 0);
    if (counts.isEmpty()) {
      return;
    }
    html.open("dl", "class", "tiles");
    for (Map.Entry<String, Integer> count : counts.entrySet()) {
      html.open("div").element("dt", count.getKey());
      html.element("dd", HtmlText.grouped(count.getValue())).close();
    }
    html.end();
  }

  private void navigation() throws IOException {
    html.open("nav", "aria-label", "Parts of this report").open("ul");
    for (Section section : sections) {
      html.open("li").element("a", section.title, "href", "#" + section.id).close();
    }
    html.close().end();
  }

  private void graph(BlockingDrawing graph, Node node) throws IOException {
    graph.write(html);
    html.open("details").element("summary", "The same in words");
    List<String> lines = new BlockingTree(TREE_WIDTH, TREE_LIMIT).lines(everybody(node));
    html.open("pre").foreign(String.join("\n", lines)).close().end();
  }

  private void blockers() throws IOException {
    html.open("ul", "class", "cards");
    for (Blocker blocker : around.blockers()) {
      html.open("li", "class", blocker.stops() ? "bad" : "info");
      html.element("span", Wording.words(blocker.kind()), "class", "tag").text(" ");
      html.element("span", blocker.stops() ? "stops it" : "to know", "class", "tag");
      html.open("p").foreign(blocker.what()).close();
      if (blocker.age() != null) {
        html.element("p", "for " + Wording.time(blocker.age()), "class", "note");
      }
      if (blocker.removal() != null) {
        String where = blocker.where() == null ? "" : ", in database " + blocker.where();
        html.open("p", "class", "note").text("Ended by").foreign(where).text(":").close();
        html.open("pre").foreign(blocker.removal().text()).close();
      }
      if (blocker.refusal() != null) {
        html.open("p").text("This role may not: ").foreign(blocker.refusal().words()).close();
      }
      html.end();
    }
    html.end();
  }

  private void lockout() throws IOException {
    LockoutReport lockout = around.lockout();
    if (lockout == null) {
      return;
    }
    html.open("p").text("Closed to new connections with ");
    html.element("strong", word(lockout.closedWith())).text(" at ");
    time(lockout.closedAt());
    Instant reopened = lockout.reopenedAt();
    if (reopened == null) {
      html.text("; to be opened again: " + word(lockout.reopen()) + ".").close();
    } else {
      html.text("; opened again at ");
      time(reopened);
      html.text(", ")
          .text(Wording.time(Duration.between(lockout.closedAt(), reopened)))
          .text(" later.")
          .close();
    }
    if (lockout.words() != null) {
      html.open("p").foreign(lockout.words()).close();
    }
    code("What closed it", lockout.closing());
    code("What opened it again", lockout.reopening());
  }

  private void poolers() throws IOException {
    html.element("p", "Paused before the database was closed, resumed once it was open.");
    html.open("pre")
        .foreign(
            around.poolers().stream().map(PoolerWording::paused).collect(Collectors.joining("\n")))
        .end();
  }

  private void code(String title, List<String> statements) throws IOException {
    if (!statements.isEmpty()) {
      html.element("h3", title);
      html.open("pre").foreign(String.join("\n", statements)).end();
    }
  }

  private void alsoHit() throws IOException {
    html.element(
        "p",
        Wording.agree(around.alsoHit().size(), "This session was", "These sessions were")
            + " not selected and ended all the same.");
    new HtmlSessions(html).sessions("Sessions that ended besides", around.alsoHit());
  }

  private void prepared() throws IOException {
    html.open("div", "class", "scroll", "tabindex", "0", "role", "group", "aria-label", "table");
    html.open("table");
    html.element(
        "caption",
        Wording.agree(
            around.prepared().size(),
            "It holds its locks until somebody commits it or rolls it back",
            "They hold their locks until somebody commits them or rolls them back"));
    html.open("thead").open("tr");
    for (String header : List.of("gid", "owner", "database", "age", "locks")) {
      html.element("th", header, "scope", "col");
    }
    html.close().close().open("tbody");
    for (PreparedTransaction transaction : around.prepared()) {
      html.open("tr").open("th", "scope", "row").foreign(transaction.gid()).close();
      html.open("td").foreign(transaction.owner()).close();
      html.open("td").foreign(transaction.database()).close();
      html.element("td", Wording.time(transaction.age()));
      html.element("td", Integer.toString(transaction.locks())).close();
    }
    html.close().close().end();
  }

  private void steps() throws IOException {
    html.open("ol", "class", "cards");
    for (StepResult step : around.steps()) {
      html.open("li", "class", step.status() == StepResult.Status.FAILED ? "bad" : "ok");
      html.open("strong").foreign(step.name()).close().text(" ");
      html.element("span", word(step.status()), "class", "tag");
      if (step.exitCode() != null) {
        html.text(" exit code " + step.exitCode());
      }
      if (step.duration() != null) {
        html.text(" in " + Wording.time(step.duration()));
      }
      html.open("pre").foreign(step.what()).close();
      if (!step.output().isBlank()) {
        html.open("details").element("summary", "what it said");
        html.open("pre").foreign(step.output()).close().close();
      }
      html.end();
    }
    html.end();
  }

  private void statements() throws IOException {
    List<Statement> statements = report.statements();
    int number = statements.size();
    boolean all = statements.stream().allMatch(Statement::executed);
    boolean none = statements.stream().noneMatch(Statement::executed);
    html.element(
        "p",
        all
            ? Wording.agree(number, "This was executed.", "These were executed, in this order.")
            : none
                ? Wording.agree(number, "This was not executed.", "None of these was executed.")
                : "In this order, as far as they were executed.");
    int first = Math.min(STATEMENTS_AT_ONCE, statements.size());
    list(statements.subList(0, first), 1, all || none);
    if (first < statements.size()) {
      html.open("details", "class", "portion");
      html.element("summary", HtmlText.grouped(statements.size() - first) + " more");
      list(statements.subList(first, statements.size()), first + 1, all || none);
      html.end();
    }
  }

  private void list(List<Statement> statements, int start, boolean alike) throws IOException {
    html.open("ol", "class", "statements", "start", Integer.toString(start));
    for (Statement statement : statements) {
      html.open("li");
      if (!alike && !statement.executed()) {
        html.element("span", "not executed", "class", "tag").text(" ");
      }
      html.open("code").foreign(statement.text()).close().close();
    }
    html.end();
  }

  private void results() throws IOException {
    new HtmlSessions(html).results(report.results());
  }

  private void listed() throws IOException {
    new HtmlSessions(html).listed(report.listed());
  }

  private void request() throws IOException {
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>(report.request());
    html.open("dl", "class", "request");
    for (Map.Entry<String, @Nullable Object> parameter : parameters.entrySet()) {
      html.open("div").element("dt", parameter.getKey());
      html.open("dd").foreign(value(parameter.getValue())).close().close();
    }
    html.end();
    ConnectionSettings connection = report.connection();
    if (connection != null && !connection.origins().isEmpty()) {
      html.element("h3", "Where the connection's values came from");
      html.open("dl", "class", "request");
      for (Map.Entry<String, String> origin : new TreeMap<>(connection.origins()).entrySet()) {
        html.open("div").element("dt", origin.getKey());
        html.open("dd").foreign(origin.getValue()).close().close();
      }
      html.end();
    }
  }

  private static String value(@Nullable Object value) {
    if (value instanceof Collection<?> many) {
      List<String> words = new ArrayList<>();
      many.forEach(one -> words.add(String.valueOf(one)));
      return String.join(", ", words);
    }
    return value == null ? SessionColumn.NONE : value.toString();
  }

  private void footer(String json) throws IOException {
    html.open("footer").open("p");
    html.element("a", "The whole report as JSON", "href", json).text(" \u00b7 ");
    html.element("a", "All executions", "href", HtmlIndex.NAME);
    html.text(" \u00b7 execution ").foreign(report.executionId());
    html.text(" of pgkill-maven-plugin " + report.pluginVersion());
    html.text(". Texts of other people's queries are in it: treat it like a log.");
    html.close().end();
  }

  /** A constant as people write it: {@code prepared transaction}, {@code build-end}. */
  private static String word(Enum<?> constant) {
    String hyphened = constant.name().toLowerCase(Locale.ROOT);
    boolean parameter = constant instanceof CloseWith || constant instanceof Reopen;
    return hyphened.replace('_', parameter ? '-' : ' ');
  }
}
