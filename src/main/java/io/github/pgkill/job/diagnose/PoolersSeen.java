package io.github.pgkill.job.diagnose;

import io.github.pgkill.job.poolers.PoolerSearch;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.DialRule;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.poolers.PoolerAlias;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.poolers.PoolerConsole;
import io.github.pgkill.report.text.PoolerWording;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;

/** The poolers before a database, as they are now. */
final class PoolersSeen {

  private final ConnectionSettings settings;
  private final PoolerSearch search;
  private final DatabaseInfo database;

  PoolersSeen(ConnectionSettings settings, List<Server> servers, DatabaseInfo database) {
    this.settings = settings;
    this.search = new PoolerSearch(servers, database);
    this.database = database;
  }

  /** What is to be said of them, the ones that cannot be looked at too. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    for (HostAddress at : settings.poolers().consoles()) {
      // who only looks may go anywhere
      DialPlan anywhere = new DialPlan(List.of(DialRule.anywhere(at)), false);
      try (PoolerConsole console = PoolerConsole.open(settings, at, anywhere)) {
        lines.addAll(at(console));
      } catch (PgkillException e) {
        lines.add(Wording.failure(e));
      }
    }
    return lines;
  }

  private List<String> at(PoolerConsole console) {
    List<String> lines = new ArrayList<>();
    for (PoolerAlias alias : search.candidates(console)) {
      PoolerSearch.Answer answer = search.where(console, alias);
      lines.add(
          PoolerWording.now(alias)
              + switch (answer.leads()) {
                case HERE -> "; leads here: ";
                case ELSEWHERE -> "; leads to another server: ";
                case UNKNOWN -> "; it is not known whether it leads here: ";
              }
              + answer.proof());
    }
    if (lines.isEmpty()) {
      lines.add(
          "no alias of the pooler at "
              + console.console()
              + " leads to a database "
              + database.name());
    }
    return lines;
  }
}
