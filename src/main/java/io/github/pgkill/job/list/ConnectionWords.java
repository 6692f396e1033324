package io.github.pgkill.job.list;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.instance.ConnectionCounts;
import io.github.pgkill.postgres.instance.ConnectionCounts.Group;
import io.github.pgkill.report.text.DisplayText;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Says who has a server's connections and how many there are, in two lines. */
public final class ConnectionWords {

  private static final int NAMED = 8;

  private ConnectionWords() {}

  /** Looks, and says it; nothing when the database is gone. */
  public static List<String> of(Server server, DatabaseInfo database) {
    return ConnectionCounts.of(server, database).stream()
        .flatMap(counts -> List.of(who(counts), limits(counts, database)).stream())
        .toList();
  }

  private static String who(ConnectionCounts counts) {
    List<Group> groups = counts.groups();
    String named =
        groups.stream()
            .limit(NAMED)
            .map(ConnectionWords::described)
            .collect(Collectors.joining(", "));
    int more = groups.stream().skip(NAMED).mapToInt(Group::sessions).sum();
    return "sessions on this server: " + named + (more == 0 ? "" : " and " + more + " more");
  }

  private static String described(Group group) {
    return group.sessions()
        + (group.application().isBlank()
            ? " without a name"
            : " of " + DisplayText.clean(group.application()))
        + (group.role() == null ? "" : " as " + DisplayText.clean(group.role()));
  }

  private static String limits(ConnectionCounts counts, DatabaseInfo database) {
    int taken = counts.groups().stream().mapToInt(Group::sessions).sum();
    int here = counts.groups().stream().mapToInt(Group::here).sum();
    List<String> limits = new ArrayList<>();
    limits.add(
        taken
            + " of "
            + counts.server()
            + " (max_connections, "
            + counts.reserved()
            + " of them reserved)");
    limits.add(
        "database "
            + DisplayText.clean(database.name())
            + " "
            + here
            + (counts.database() == null ? " without a limit" : " of " + counts.database()));
    Map<String, List<Group>> limited =
        counts.groups().stream()
            .filter(group -> group.role() != null && group.roleLimit() != null)
            .collect(
                Collectors.groupingBy(
                    group -> String.valueOf(group.role()), TreeMap::new, Collectors.toList()));
    limited.forEach((role, groups) -> limits.add(ofRole(role, groups)));
    return "connections: " + String.join("; ", limits);
  }

  private static String ofRole(String role, List<Group> groups) {
    return "role "
        + DisplayText.clean(role)
        + " "
        + groups.stream().mapToInt(Group::sessions).sum()
        + " of "
        + groups.get(0).roleLimit();
  }
}
