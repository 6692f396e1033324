package io.github.pgkill.host.process;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The title of one of the server's processes: {@code postgres: [cluster_name: ]role database client
 * state}, the client being {@code [local]} or {@code host(port)} (PostgreSQL's {@code
 * backend_startup.c} and {@code ps_status.c}). Nothing is quoted in it, so that names with blanks
 * can be read in several ways: all of them are given, and nobody chooses.
 *
 * @param text the whole title
 * @param body without the prefix that all of this server's processes have
 */
public record BackendTitle(String text, String body) {

  /**
   * One way to read it.
   *
   * @param role who logged in
   * @param database where
   */
  public record Reading(String role, String database) {}

  private static final String POSTGRES = "postgres: ";
  private static final Pattern CLIENT = Pattern.compile(" (?:\\[local]|[^ ]+\\(\\d+\\))(?= |$)");

  /** What stands behind the client until it has a session, in whichever release. */
  private static final Pattern LOGIN =
      Pattern.compile(CLIENT.pattern() + " (?:initializing|authentication|startup)$");

  /** Every server has at least one of these for as long as it accepts connections. */
  private static final Pattern AUXILIARY =
      Pattern.compile("postgres: (.*: )?(checkpointer|background writer|walwriter)(?: process)?");

  /** What stands for bytes that are no UTF-8: a name in the encoding of its database. */
  private static final String UNDECODABLE = "\uFFFD";

  /** What processes that are nobody's session begin with, where a role could be called the same. */
  private static final List<String> NO_CLIENTS =
      List.of(
          "walsender ",
          "autovacuum worker ",
          "autovacuum launcher",
          "logical replication ",
          "parallel worker ",
          "bgworker: ",
          "startup ",
          "archiver ",
          "walreceiver ",
          "slotsync worker ",
          "io worker ");

  /** What stands before the role in every title of this server; empty when that cannot be told. */
  static Optional<String> prefixOf(List<String> titles) {
    Set<String> prefixes = new LinkedHashSet<>();
    for (String title : titles) {
      Matcher matcher = AUXILIARY.matcher(title);
      if (matcher.matches()) {
        prefixes.add(POSTGRES + (matcher.group(1) == null ? "" : matcher.group(1)));
      }
    }
    return prefixes.size() == 1 ? Optional.of(prefixes.iterator().next()) : Optional.empty();
  }

  /** Whether it is the one of the process that replays and checkpoints. */
  static boolean isCheckpointers(String title) {
    Matcher matcher = AUXILIARY.matcher(title);
    return matcher.matches() && matcher.group(2).equals("checkpointer");
  }

  /** The title in parts; empty when it is none of a server whose titles begin with that prefix. */
  static Optional<BackendTitle> of(String title, String prefix) {
    return title.startsWith(prefix)
        ? Optional.of(new BackendTitle(title, title.substring(prefix.length())))
        : Optional.empty();
  }

  /** Every role and database that a client's title may stand for; none when it is no client's. */
  public List<Reading> readings() {
    List<Reading> readings = new ArrayList<>();
    Matcher client = CLIENT.matcher(body);
    for (int from = 0; client.find(from); from = client.start() + 1) {
      addSplits(body.substring(0, client.start()), readings);
    }
    return readings.stream().distinct().toList();
  }

  private static void addSplits(String names, List<Reading> readings) {
    for (int blank = names.indexOf(' '); blank >= 0; blank = names.indexOf(' ', blank + 1)) {
      if (blank > 0 && blank < names.length() - 1) {
        readings.add(new Reading(names.substring(0, blank), names.substring(blank + 1)));
      }
    }
  }

  /** Whether it may be the title of a process that serves no client. */
  public boolean maybeNoClients() {
    return NO_CLIENTS.stream().anyMatch(body::startsWith);
  }

  /** Whether it is a client's that has no session yet, or is just being told that it gets none. */
  public boolean isLoggingIn() {
    return LOGIN.matcher(body).find();
  }

  /** Whether all of a client's title is there and can be read. */
  boolean whole() {
    return !readings().isEmpty() && !text.contains(UNDECODABLE);
  }

  /** Whether there is exactly one way to read it. */
  public boolean unambiguous() {
    return readings().size() == 1 && !maybeNoClients();
  }

  /**
   * Whether it is what the server gives to such a session.
   *
   * @param client {@code local}, or {@code address:port}
   */
  public boolean fits(String role, String database, String client) {
    String names = role + " " + database + " ";
    if (!body.startsWith(names)) {
      return false;
    }
    String rest = body.substring(names.length());
    int end = rest.indexOf(' ');
    String seen = end < 0 ? rest : rest.substring(0, end);
    // with log_hostname the title has a name instead of the address
    return client.equals("local")
        ? seen.equals("[local]")
        : seen.endsWith("(" + client.substring(client.lastIndexOf(':') + 1) + ")");
  }
}
