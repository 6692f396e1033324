package io.github.pgkill.job.diagnose;

import io.github.pgkill.job.admission.HostGuard;
import io.github.pgkill.job.admission.Nodes;
import io.github.pgkill.job.admission.ServerGuard;
import io.github.pgkill.job.admission.Target;
import io.github.pgkill.job.list.ConnectionWords;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.BlockerList;
import io.github.pgkill.report.console.BlockingTree;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Says what is in the way of what somebody intends to do with a database, whether this role could
 * clear it, and what would happen. Changes nothing.
 */
public final class Diagnose {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what the goals that change something may touch
   * @param filter which sessions those would end
   * @param intent what somebody wants to do
   * @param failOnBlockers whether what is in the way is a failure
   * @param failIfDatabaseMissing whether a missing database is one
   * @param patroni how the cluster's manager is asked; null where none is named
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      Intent intent,
      boolean failOnBlockers,
      boolean failIfDatabaseMissing,
      @Nullable PatroniAccess patroni) {}

  private static final int TREE_SESSIONS = 20;

  /** Remedies that the verdict names; each blocker has its own beside it. */
  private static final int MENDING = 3;

  private final Console console;
  private final Journal journal;

  public Diagnose(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /**
   * Looks, tells and judges.
   *
   * @throws PgkillFailure when something is in the way and that is to be a failure
   */
  public void run(Request request) {
    try (Server server =
        ServerConnector.toLook(request.connection()).telling(console::info).connect()) {
      journal.server(server.info());
      console.info(Wording.connected(request.connection(), server.info()));
      String name = request.connection().database();
      if (!request.failIfDatabaseMissing() && server.findDatabase(name).isEmpty()) {
        conclude(Verdict.Status.SUCCESS, Wording.noDatabase(name, "look at"), List.of());
        return;
      }
      DatabaseInfo database = Target.require(server, name);
      List<Server> nodes = nodes(server, request.connection());
      try {
        diagnose(nodes, database, request);
      } finally {
        Nodes.close(nodes);
      }
    }
  }

  private static List<Server> nodes(Server server, ConnectionSettings settings) {
    return Nodes.of(
        settings,
        server,
        host -> ServerConnector.toLook(settings.withHosts(List.of(host))).connect());
  }

  private void diagnose(List<Server> nodes, DatabaseInfo database, Request request) {
    Server server = nodes.get(0);
    journal.database(database);
    ConnectionWords.of(server, database).forEach(console::info);
    List<Blocker> protections = protections(server, database, request);
    BlockerSearch.Found found =
        new BlockerSearch(server, database, request.intent(), request.filter(), console).find();
    List<Blocker> blockers = new ArrayList<>(found.blockers());
    blockers.addAll(protections);
    NodeBlockers elsewhere = new NodeBlockers(nodes, database, request.filter());
    blockers.addAll(elsewhere.find());
    PatroniFindings patroni =
        PatroniFindings.of(request.patroni(), request.rails(), request.intent());
    blockers.addAll(patroni.blockers());
    List<String> notes = new ArrayList<>(found.notes());
    notes.addAll(StandbyWords.of(server));
    notes.addAll(patroni.notes());
    notes.addAll(Nodes.unseen(nodes));
    notes.addAll(new PoolersSeen(request.connection(), nodes, database).lines());
    List<String> plan = new ClearingPlan(server, database, request.intent()).lines(found);
    Set<Integer> stopping = new HashSet<>();
    found.stopping().forEach(blocker -> stopping.add(blocker.pid()));
    List<Session> victims =
        found.sessions().stream().filter(session -> stopping.contains(session.pid())).toList();
    journal.blockers(blockers);
    if (request.intent() == Intent.RESTART) {
      journal.alsoHit(new Preflight(server, database).sessionsElsewhere());
    }
    List<Session> listed = new ArrayList<>(victims);
    listed.addAll(elsewhere.sessions());
    journal.listed(listed);
    plan.forEach(journal::planned);
    show(blockers, found, plan, notes);
    judge(blockers, victims, notes, database, request);
  }

  /** What the goals that change something would refuse, in their own words. */
  private static List<Blocker> protections(Server server, DatabaseInfo database, Request request) {
    List<Blocker> found = new ArrayList<>();
    try {
      ServerGuard guard = new ServerGuard(request.rails());
      guard.checkName(request.connection());
      DialPlan plan = new HostGuard().check(request.connection(), request.rails());
      guard.checkServer(server.info(), plan);
      guard.checkMarker(database);
    } catch (GuardRefusal e) {
      found.add(
          ServerBlockers.concern(
              Blocker.Kind.PROTECTION,
              "goals that change something would refuse: " + e.getMessage(),
              e.remedy().map(remedy -> new Refusal(Refusal.Cause.GUARD, remedy)).orElse(null)));
    }
    return found;
  }

  private void show(
      List<Blocker> blockers, BlockerSearch.Found found, List<String> plan, List<String> notes) {
    new BlockerList(console.width()).lines(blockers).forEach(console::info);
    List<String> tree = new BlockingTree(console.width(), TREE_SESSIONS).lines(found.sessions());
    if (!tree.isEmpty()) {
      console.info("who blocks whom:");
      tree.forEach(console::info);
    }
    if (!found.stopping().isEmpty()) {
      console.info("what would clear the way:");
      plan.forEach(line -> console.info("  " + line));
    }
    notes.forEach(console::info);
  }

  private void judge(
      List<Blocker> blockers,
      List<Session> victims,
      List<String> notes,
      DatabaseInfo database,
      Request request) {
    List<Blocker> stopping = blockers.stream().filter(Blocker::stops).toList();
    String intent = request.intent().of(database.name());
    if (stopping.isEmpty()) {
      conclude(Verdict.Status.SUCCESS, "clear: nothing stops " + intent, notes);
      return;
    }
    String summary =
        "blocked: "
            + Wording.count(stopping.size(), "thing", "stops", "stop")
            + " "
            + intent
            + " ("
            + kinds(stopping)
            + "); "
            + couldClear(stopping, victims);
    if (!request.failOnBlockers()) {
      List<String> remarks = new ArrayList<>(notes);
      remarks.addAll(mending(stopping));
      conclude(Verdict.Status.BLOCKED, summary, remarks);
      return;
    }
    journal.verdict(new Verdict(Verdict.Status.FAILURE, summary, notes));
    throw new PgkillFailure(
        summary, stopping.stream().map(Blocker::remedy).limit(3).collect(Collectors.joining(" ")));
  }

  private static String kinds(List<Blocker> stopping) {
    return stopping.stream()
        .collect(Collectors.groupingBy(Blocker::kind, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(kind -> Wording.count(kind.getValue().intValue(), kind.getKey()))
        .collect(Collectors.joining(", "));
  }

  private static String couldClear(List<Blocker> stopping, List<Session> victims) {
    List<Blocker> could = stopping.stream().filter(blocker -> blocker.refusal() == null).toList();
    int all = stopping.size();
    if (could.isEmpty()) {
      return "this role could not clear " + Wording.agree(all, "it", "any of them");
    }
    Set<Integer> pids = could.stream().map(Blocker::pid).collect(Collectors.toSet());
    int ending = (int) victims.stream().filter(session -> pids.contains(session.pid())).count();
    return "this role could clear "
        + (could.size() == all
            ? Wording.agree(all, "it", "all of them")
            : could.size() + " of them")
        + ", ending "
        + Wording.count(ending, "session");
  }

  /** The grants and other things that let this role clear the rest. */
  private static List<String> mending(List<Blocker> stopping) {
    return stopping.stream()
        .flatMap(blocker -> Stream.ofNullable(blocker.refusal()))
        .flatMap(refusal -> Stream.ofNullable(refusal.remedy()))
        .distinct()
        .limit(MENDING)
        .map(remedy -> "for the rest: " + remedy)
        .toList();
  }

  private void conclude(Verdict.Status status, String summary, List<String> notes) {
    journal.verdict(new Verdict(status, summary, notes));
    console.info(summary);
  }
}
