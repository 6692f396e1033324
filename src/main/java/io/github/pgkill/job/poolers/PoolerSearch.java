package io.github.pgkill.job.poolers;

import io.github.pgkill.job.poolers.PoolerPlan.Proven;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.poolers.PoolerAlias;
import io.github.pgkill.model.poolers.PoolerBackend;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.poolers.PooledBackends;
import io.github.pgkill.postgres.poolers.PoolerConsole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds the aliases of a pooler that lead to a database of ours, or to any of our server. That its
 * server calls it by the same name is not enough: a process of ours at the other end of one of its
 * connections is a proof, and where it has none, the server's address stands for it.
 */
public final class PoolerSearch {

  /** Connections come and go while both sides are asked. */
  private static final int LOOKS = 3;

  private static final Duration BETWEEN = Duration.ofMillis(100);

  private final List<Server> servers;

  /** Null for all of the server. */
  private final @Nullable DatabaseInfo only;

  private final List<String> notes = new ArrayList<>();

  /**
   * @param servers whose sessions count
   */
  public PoolerSearch(List<Server> servers, DatabaseInfo database) {
    this.servers = servers;
    this.only = database;
  }

  private PoolerSearch(Server server) {
    this.servers = List.of(server);
    this.only = null;
  }

  /** For whatever leads to that server, to any of its databases. */
  static PoolerSearch ofServer(Server server) {
    return new PoolerSearch(server);
  }

  /** Where an alias leads. */
  public enum Leads {
    HERE,
    ELSEWHERE,
    UNKNOWN
  }

  /**
   * What is known of an alias.
   *
   * @param leads where it leads
   * @param proof how that is known
   */
  public record Answer(Leads leads, String proof) {}

  /** Those whose server calls the database by our database's name, if it is about one. */
  public List<PoolerAlias> candidates(PoolerConsole console) {
    return console.aliases().stream()
        .filter(alias -> only == null || alias.database().equals(only.name()))
        .toList();
  }

  /**
   * Those that lead to our database. Those that may lead to our server are left alone: they have no
   * connection there that could be lost.
   *
   * @throws GuardRefusal naming one of which it cannot be told whether it leads to our database
   */
  List<Proven> find(PoolerConsole console) {
    List<Proven> found = new ArrayList<>();
    for (PoolerAlias alias : candidates(console)) {
      Answer answer = where(console, alias);
      switch (answer.leads()) {
        case HERE -> found.add(new Proven(alias, answer.proof()));
        case ELSEWHERE ->
            notes.add(
                "alias "
                    + alias
                    + " leads to a database "
                    + alias.database()
                    + " of another server"
                    + " ("
                    + answer.proof()
                    + "): it is not paused");
        case UNKNOWN -> {
          if (only != null) {
            throw unknown(alias);
          }
          notes.add("alias " + alias + " is not paused: " + answer.proof());
        }
      }
    }
    return found;
  }

  /** What was left alone, and why. */
  List<String> notes() {
    return notes;
  }

  /** Where it leads. */
  public Answer where(PoolerConsole console, PoolerAlias alias) {
    DatabaseInfo database =
        only != null ? only : servers.get(0).findDatabase(alias.database()).orElse(null);
    if (database == null) {
      return new Answer(Leads.ELSEWHERE, "this server has none of that name");
    }
    Set<Integer> strangers = Set.of();
    for (int look = 0; look < LOOKS; look++) {
      Set<Integer> pids = pids(console, alias);
      Optional<String> ours = ours(database, pids);
      if (ours.isPresent()) {
        return new Answer(Leads.HERE, ours.get());
      }
      Set<Integer> still = new HashSet<>(pids);
      still.retainAll(strangers);
      if (!still.isEmpty()) {
        return new Answer(
            Leads.ELSEWHERE, "its connection is pid " + still.iterator().next() + " there");
      }
      if (pids.isEmpty()) {
        break;
      }
      strangers = pids;
      Pause.of(BETWEEN);
    }
    return SameServer.leads(alias, addresses())
        ? new Answer(Leads.HERE, "it has no connection now, and its server's address is ours")
        : new Answer(Leads.UNKNOWN, "it has no connection now, and its server has another address");
  }

  private static Set<Integer> pids(PoolerConsole console, PoolerAlias alias) {
    return console.backends().stream()
        .filter(backend -> backend.alias().equals(alias.name()) && backend.pid() > 0)
        .map(PoolerBackend::pid)
        .collect(Collectors.toSet());
  }

  private Optional<String> ours(DatabaseInfo database, Set<Integer> pids) {
    for (Server server : servers) {
      List<Integer> there = PooledBackends.in(server, database, pids);
      if (!there.isEmpty()) {
        return Optional.of(
            "its connection is pid " + there.get(0) + " of this server" + server.node().suffix());
      }
    }
    return Optional.empty();
  }

  private List<HostAddress> addresses() {
    return servers.stream().map(Server::host).toList();
  }

  private static GuardRefusal unknown(PoolerAlias alias) {
    return new GuardRefusal(
        "whether alias "
            + alias
            + " leads to this server cannot be told: its server is "
            + (alias.host().isEmpty() ? "a Unix socket" : alias.host())
            + ", port "
            + alias.port()
            + ", and it has no connection there at the moment",
        "Run a query through it, so that it has one, and then the goal again; or leave that pooler"
            + " out of -Dpgkill.poolers.");
  }
}
