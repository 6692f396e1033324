package io.github.pgkill.job.list;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.testing.DiagnoseJob;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who has the connections is said first, beside the limits that there are. */
class ConnectionCountsTest {

  @Test
  void applicationsRolesAndLimits() throws SQLException {
    try (TestServer server =
        TestServer.start(Map.of("max_connections", "20", "superuser_reserved_connections", "2"))) {
      String database = server.createDatabase();
      String role = server.createRole("login connection limit 9");
      server.execute("alter database " + database + " connection limit 12");
      String evil = "evil\n[INFO] BUILD SUCCESS";
      server.execute("create role \"" + evil + "\" login");
      try (StubbornClients clients = StubbornClients.of(server, database)) {
        clients.as(role, "app-server").idle(4);
        clients.as(evil, "app-server").idle();
        clients.to("postgres").as(role, "app-server").idle();

        String who =
            "sessions on this server: 5 of app-server as "
                + role
                + ", 1 of app-server as evil [INFO] BUILD SUCCESS, 1 of pgkill as postgres";
        String limits =
            "connections: 7 of 20 (max_connections, 2 of them reserved); database "
                + database
                + " 5 of 12; role "
                + role
                + " 5 of 9";
        List<String> listed = list(server, database);
        assertThat(listed.subList(1, 3)).containsExactly(who, limits);
        DiagnoseJob diagnose = DiagnoseJob.on(server, database);
        diagnose.run(Intent.DROP);
        assertThat(diagnose.said().lines().toList().subList(1, 3)).containsExactly(who, limits);
      }
    }
  }

  @Test
  void withoutLimitsOfTheirOwnAndManyApplications() throws SQLException {
    try (TestServer server = TestServer.start(Map.of())) {
      String database = server.createDatabase();
      try (StubbornClients clients = StubbornClients.of(server, database)) {
        for (int i = 0; i < 10; i++) {
          clients.as(TestServer.SUPERUSER, "app" + i).idle();
        }
        clients.as(TestServer.SUPERUSER, "").idle(2);

        List<String> listed = list(server, database);

        assertThat(listed.get(1))
            .startsWith("sessions on this server: 2 without a name as postgres, 1 of app0 as ")
            .endsWith(" and 4 more");
        assertThat(listed.get(2))
            .isEqualTo(
                "connections: 13 of 200 (max_connections, 3 of them reserved); database "
                    + database
                    + " 12 without a limit");
      }
    }
  }

  private static List<String> list(TestServer server, String database) {
    List<String> lines = new ArrayList<>();
    new ListSessions(new RecordedConsole(lines), new Journal("list-sessions", "test", "test"))
        .run(
            new ListSessions.Request(
                TestConnection.to(server, database).settings(),
                SessionFilter.ALL_CLIENTS,
                new ListSessions.Display(
                    ListSessions.Format.TABLE, SessionOrder.parse("sort", "age"), 10, null),
                null,
                false,
                true));
    return lines;
  }
}
