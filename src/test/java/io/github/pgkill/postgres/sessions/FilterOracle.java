package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.connection.AddressBlock;
import io.github.pgkill.model.connection.ClientAddress;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.testing.TestServer;
import java.math.BigInteger;
import java.net.InetAddress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Says in plain Java which sessions a filter means, from the columns as {@code pg_stat_activity}
 * shows them: what the statements of the plugin are held against.
 */
final class FilterOracle {

  private static final Set<String> PROVIDERS =
      Set.of("rdsadmin", "cloudsqladmin", "azuresu", "alloydbadmin");

  private FilterOracle() {}

  /** One session as the superuser sees it; ages in microseconds. */
  record Row(
      SessionId id,
      String user,
      String application,
      String address,
      Integer port,
      String type,
      String state,
      String query,
      Long age,
      Long transactionAge,
      Long queryAge,
      Long stateAge) {}

  /** Everybody in that database now. */
  static List<Row> population(TestServer server, Connection connection, String database)
      throws SQLException {
    String sql =
        """
        select pid, backend_start::text, usename, application_name, host(client_addr), client_port,
          backend_type, state, query,
          (extract(epoch from statement_timestamp() - backend_start) * 1000000)::bigint,
          (extract(epoch from statement_timestamp() - xact_start) * 1000000)::bigint,
          (extract(epoch from statement_timestamp() - query_start) * 1000000)::bigint,
          (extract(epoch from statement_timestamp() - state_change) * 1000000)::bigint
        from pg_stat_activity where datname = ?
        """;
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, database);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          rows.add(
              new Row(
                  new SessionId(server.node(), row.getInt(1), row.getString(2)),
                  row.getString(3),
                  row.getString(4),
                  row.getString(5),
                  row.getObject(6, Integer.class),
                  row.getString(7),
                  row.getString(8),
                  row.getString(9),
                  row.getObject(10, Long.class),
                  row.getObject(11, Long.class),
                  row.getObject(12, Long.class),
                  row.getObject(13, Long.class)));
        }
      }
    }
    return rows;
  }

  /** Who matches, by pid, each with the rule that spares it or, for a victim, the empty text. */
  static TreeMap<Integer, String> judge(List<Row> population, SessionFilter filter) {
    TreeMap<Integer, String> matching = new TreeMap<>();
    for (Row row : population) {
      if (!unnamed(row, filter) && included(row, filter)) {
        matching.put(row.id().pid(), spared(row, filter));
      }
    }
    return matching;
  }

  /** Who has no name and is so young that it may be about to say one. */
  static boolean maySayItsName(Row row) {
    boolean silent = row.queryAge() == null || row.query().startsWith("SET application_name");
    return row.application().isEmpty() && row.age() < 1_000_000 && silent;
  }

  private static boolean unnamed(Row row, SessionFilter filter) {
    boolean asked =
        !filter.applicationNames().isEmpty() || !filter.excludeApplicationNames().isEmpty();
    return maySayItsName(row) && (asked || row.state() == null);
  }

  private static boolean included(Row row, SessionFilter filter) {
    return (filter.sessionUsers().isEmpty() || filter.sessionUsers().contains(row.user()))
        && (filter.applicationNames().isEmpty()
            || anyName(row.application(), filter.applicationNames()))
        && (filter.clientAddresses().isEmpty() || anyAddress(row, filter.clientAddresses()))
        && (filter.states().isEmpty() || filter.states().contains(row.state()))
        && (filter.queryPattern() == null || found(filter.queryPattern(), row.query()))
        && atLeast(row.age(), filter.minSessionAge())
        && atLeast(row.transactionAge(), filter.minTransactionAge())
        && atLeast(row.queryAge(), filter.minQueryAge())
        && atLeast(row.stateAge(), filter.minStateAge())
        && filter.backendTypes().contains(row.type())
        && (filter.pids().isEmpty() || filter.pids().contains(row.id().pid()));
  }

  private static String spared(Row row, SessionFilter filter) {
    if (PROVIDERS.contains(row.user())) {
      return "provider's own session";
    }
    if (backupTool(row.application().toLowerCase(Locale.ROOT))) {
      return "backup tool";
    }
    if (filter.excludeSessionUsers().contains(row.user())) {
      return "excludeSessionUsers";
    }
    if (anyName(row.application(), filter.excludeApplicationNames())) {
      return "excludeApplicationNames";
    }
    if (anyAddress(row, filter.excludeClientAddresses())) {
      return "excludeClientAddresses";
    }
    return filter.excludeQueryPattern() != null && found(filter.excludeQueryPattern(), row.query())
        ? "excludeQueryPattern"
        : "";
  }

  private static boolean backupTool(String application) {
    if (Set.of("pg_dump", "pg_dumpall", "pg_basebackup").contains(application)) {
      return true;
    }
    for (String family : List.of("pgbackrest", "barman", "wal-g")) {
      if (application.startsWith(family)) {
        String rest = application.substring(family.length());
        return rest.isEmpty() || !Character.isLetterOrDigit(rest.charAt(0));
      }
    }
    return false;
  }

  private static boolean anyName(String application, List<NamePattern> names) {
    return names.stream()
        .anyMatch(
            name ->
                name.regex() ? found(name.text(), application) : name.text().equals(application));
  }

  private static boolean found(String pattern, String text) {
    return Pattern.compile(pattern, Pattern.DOTALL).matcher(text).find();
  }

  private static boolean anyAddress(Row row, List<ClientAddress> addresses) {
    boolean socket = row.address() == null && Integer.valueOf(-1).equals(row.port());
    return addresses.stream()
        .anyMatch(address -> address.local() ? socket : inside(row.address(), address.block()));
  }

  private static boolean inside(String text, AddressBlock block) {
    Optional<InetAddress> address = text == null ? Optional.empty() : AddressBlock.address(text);
    if (address.isEmpty()) {
      return false;
    }
    byte[] mine = block.address().getAddress();
    byte[] other = address.get().getAddress();
    int host = mine.length * 8 - block.prefix();
    return mine.length == other.length
        && new BigInteger(1, mine)
            .shiftRight(host)
            .equals(new BigInteger(1, other).shiftRight(host));
  }

  private static boolean atLeast(Long micros, Duration least) {
    return least == null || (micros != null && micros >= least.toMillis() * 1000);
  }
}
