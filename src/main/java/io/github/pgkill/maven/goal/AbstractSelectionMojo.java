package io.github.pgkill.maven.goal;

import io.github.pgkill.model.connection.ClientAddress;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.model.value.NearestName;
import io.github.pgkill.model.value.RelationName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/**
 * The goals that select sessions. Filters are combined with AND, the values of one filter with OR,
 * and exclusions win; a filter that matches nothing selects nobody.
 */
abstract class AbstractSelectionMojo extends AbstractPgkillMojo {

  private static final List<String> STATES =
      List.of(
          "active",
          "idle",
          "idle in transaction",
          "idle in transaction (aborted)",
          "fastpath function call",
          "disabled");

  /** Processes that are nobody's session, and what to do instead of signalling them. */
  private static final Map<String, String> NO_SESSIONS =
      Map.ofEntries(
          Map.entry("parallel worker", "It ends with its leader: select the leader's session."),
          Map.entry("autovacuum launcher", "Select 'autovacuum worker', or set autovacuum off."),
          Map.entry("logical replication launcher", "Select 'logical replication apply worker'."),
          Map.entry("checkpointer", "It belongs to the server."),
          Map.entry("background writer", "It belongs to the server."),
          Map.entry("walwriter", "It belongs to the server."),
          Map.entry("walreceiver", "It belongs to the server."),
          Map.entry("startup", "It belongs to the server."),
          Map.entry("archiver", "It belongs to the server."),
          Map.entry("walsummarizer", "It belongs to the server."),
          Map.entry("io worker", "It belongs to the server."));

  /**
   * Only sessions that logged in with one of these roles. Not the role that this plugin logs in
   * with, which is {@code user}. Default: all.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.sessionUsers")
  private @Nullable List<String> sessionUsers;

  /**
   * Spare sessions that logged in with one of these roles.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.excludeSessionUsers")
  private @Nullable List<String> excludeSessionUsers;

  /**
   * Only sessions whose {@code application_name} is one of these, or matches one of these regular
   * expressions when written between slashes: {@code /^idea/}. Clients choose that name themselves,
   * many of them only after the login: while names are asked for, a session without one that has
   * done nothing else is left alone for its first second. Default: all.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.applicationNames")
  private @Nullable List<String> applicationNames;

  /**
   * Spare sessions whose {@code application_name} is one of these or matches. Backup tools
   * (pg_dump, pg_dumpall, pg_basebackup, pgBackRest, Barman, WAL-G) and a managed service's own
   * sessions are always spared and reported; this list adds to them.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.excludeApplicationNames")
  private @Nullable List<String> excludeApplicationNames;

  /**
   * Only sessions of clients at one of these addresses or CIDR blocks; {@code local} stands for the
   * Unix socket. Default: all.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.clientAddresses")
  private @Nullable List<String> clientAddresses;

  /**
   * Spare sessions of clients at one of these addresses or CIDR blocks, or {@code local}.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.excludeClientAddresses")
  private @Nullable List<String> excludeClientAddresses;

  /**
   * Only sessions in one of these states: {@code active}, {@code idle}, {@code idle in
   * transaction}, {@code idle in transaction (aborted)}, {@code fastpath function call}, {@code
   * disabled}. Default: all.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.states")
  private @Nullable List<String> states;

  /**
   * Only sessions whose current or last query matches this regular expression (PostgreSQL's,
   * unanchored, case-sensitive; {@code (?i)} in front ignores case). The server keeps the first
   * {@code track_activity_query_size} bytes of a query.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.queryPattern")
  private @Nullable String queryPattern;

  /**
   * Spare sessions whose current or last query matches this regular expression.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.excludeQueryPattern")
  private @Nullable String excludeQueryPattern;

  /**
   * Only sessions that began at least so long ago: {@code 500ms}, {@code 30s}, {@code 5m}, {@code
   * 2h}, {@code 1d} or ISO 8601.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.minSessionAge")
  private @Nullable String minSessionAge;

  /**
   * Only sessions whose transaction began at least so long ago; those without one do not match.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.minTransactionAge")
  private @Nullable String minTransactionAge;

  /**
   * Only sessions whose current or last query began at least so long ago.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.minQueryAge")
  private @Nullable String minQueryAge;

  /**
   * Only sessions that have been in their present state for at least so long.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.minStateAge")
  private @Nullable String minStateAge;

  /**
   * Which kinds of processes: {@code client backend}, {@code walsender}, {@code autovacuum worker},
   * {@code logical replication apply worker} and others that work for one database. Parallel
   * workers end with their leader; processes of the server itself cannot be selected.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.backendTypes", defaultValue = "client backend")
  private @Nullable List<String> backendTypes;

  /**
   * Only the sessions with these process ids.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.pids")
  private @Nullable List<String> pids;

  /**
   * Only sessions that hold a lock on one of these: {@code schema} stands for all that the schema
   * holds and the schema itself, {@code schema.table} for the table, its partitions and inheritance
   * children, their indexes and TOAST; an index, view or sequence can be named too. Names fold to
   * lower case unless they stand in double quotes: {@code "My Schema"."My.Table"}. Sessions that
   * only wait for a lock hold none. Default: all.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.holdingLocksOn")
  private @Nullable List<String> holdingLocksOn;

  /**
   * Only the roots of blocking chains: sessions that others wait for and that wait for nobody. A
   * session that waited when the goal looked is spared to the end, also when it has got its lock
   * and others wait for it in turn.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.rootBlockersOnly", defaultValue = "false")
  private boolean rootBlockersOnly;

  /**
   * Also sessions that hold Flyway's lock, work for Liquibase, or build an index. Without it, a
   * goal that would end one refuses before it touches anybody, and spares those that get to it
   * later. {@code list-sessions} shows them anyway.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.interruptMigrations", defaultValue = "false")
  private boolean interruptMigrations;

  /** The filter that the parameters describe. */
  final SessionFilter filter() {
    return SessionFilter.builder()
        .sessionUsers(list(sessionUsers))
        .excludeSessionUsers(list(excludeSessionUsers))
        .applicationNames(parse("applicationNames", applicationNames, NamePattern::parse))
        .excludeApplicationNames(
            parse("excludeApplicationNames", excludeApplicationNames, NamePattern::parse))
        .clientAddresses(parse("clientAddresses", clientAddresses, ClientAddress::parse))
        .excludeClientAddresses(
            parse("excludeClientAddresses", excludeClientAddresses, ClientAddress::parse))
        .states(parse("states", states, AbstractSelectionMojo::state))
        .queryPattern(queryPattern)
        .excludeQueryPattern(excludeQueryPattern)
        .minSessionAge(duration("minSessionAge", minSessionAge))
        .minTransactionAge(duration("minTransactionAge", minTransactionAge))
        .minQueryAge(duration("minQueryAge", minQueryAge))
        .minStateAge(duration("minStateAge", minStateAge))
        .backendTypes(parse("backendTypes", backendTypes, AbstractSelectionMojo::backendType))
        .pids(parse("pids", pids, AbstractSelectionMojo::pid))
        .holdingLocksOn(parse("holdingLocksOn", holdingLocksOn, RelationName::parse))
        .rootBlockersOnly(rootBlockersOnly)
        .interruptMigrations(interruptMigrations)
        .build();
  }

  private static <T> List<T> parse(
      String parameter, @Nullable List<String> values, BiFunction<String, String, T> parser) {
    return list(values).stream().map(value -> parser.apply(parameter, value)).toList();
  }

  private static @Nullable Duration duration(String parameter, @Nullable String text) {
    return text == null ? null : Durations.parse(parameter, text);
  }

  private static String state(String parameter, String text) {
    return STATES.stream()
        .filter(state -> state.equalsIgnoreCase(text))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidParameter(
                    parameter,
                    "'" + text + "' is not a state",
                    NearestName.of(text, STATES)
                            .map(nearest -> "Did you mean '" + nearest + "'? ")
                            .orElse("")
                        + "States are: "
                        + String.join(", ", STATES)
                        + "."));
  }

  private static String backendType(String parameter, String text) {
    String instead = NO_SESSIONS.get(text);
    if (instead != null) {
      throw new InvalidParameter(parameter, "a " + text + " is not a session", instead);
    }
    return text;
  }

  private static Integer pid(String parameter, String text) {
    if (!text.matches("[1-9]\\d{0,8}")) {
      throw new InvalidParameter(
          parameter,
          "'" + text + "' is not a process id",
          "Take one from the pid column of pgkill:list-sessions.");
    }
    return Integer.valueOf(text);
  }
}
