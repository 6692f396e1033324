package io.github.pgkill.report.json;

import com.google.gson.stream.JsonWriter;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.poolers.PoolerReport;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.text.SessionColumn;
import io.github.pgkill.report.text.Wording;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The report's JSON, property by property, as {@code report-2.schema.json} describes it. */
final class JsonDocument {

  private final JsonWriter json;

  JsonDocument(Writer out) {
    json = new JsonWriter(new SafeJsonText(out));
    json.setIndent("  ");
    json.setSerializeNulls(true);
  }

  void write(GoalReport report) throws IOException {
    json.beginObject();
    json.name("schema").value(JsonReport.SCHEMA);
    json.name("goal").value(report.goal());
    json.name("pluginVersion").value(report.pluginVersion());
    json.name("executionId").value(report.executionId());
    json.name("startedAt").value(report.startedAt().toString());
    json.name("buildStartedAt").value(report.buildStartedAt().toString());
    millis("durationMillis", report.duration());
    verdict(report.verdict());
    counts(report);
    request(report.request());
    connection(report.connection());
    server(report.server());
    database(report.database());
    results(report.results());
    listed(report.listed());
    statements(report.statements());
    steps(report.surroundings().steps());
    alsoHit(report.surroundings().alsoHit());
    prepared(report.surroundings().prepared(), report.database());
    blockers(report.surroundings().blockers());
    lockout(report.surroundings().lockout());
    poolers(report.surroundings().poolers());
    json.endObject();
    json.flush();
  }

  private void verdict(Verdict verdict) throws IOException {
    json.name("verdict").beginObject();
    json.name("status").value(JsonReport.word(verdict.status()));
    json.name("summary").value(verdict.summary());
    strings("remarks", verdict.remarks());
    json.endObject();
  }

  private void counts(GoalReport report) throws IOException {
    List<SessionResult> results = report.results();
    json.name("counts").beginObject();
    json.name("matched").value(results.size());
    json.name("gone").value(count(results, r -> r.outcome() instanceof Outcome.Gone));
    json.name("alreadyGone").value(count(results, r -> r.outcome() instanceof Outcome.AlreadyGone));
    json.name("refused").value(count(results, r -> r.outcome() instanceof Outcome.Refused));
    json.name("survived").value(count(results, r -> r.outcome() instanceof Outcome.Survived));
    json.name("excluded").value(count(results, r -> r.outcome() instanceof Outcome.Excluded));
    json.name("newcomers").value(count(results, SessionResult::newcomer));
    json.name("listed").value(report.listed().size());
    json.endObject();
  }

  private static long count(List<SessionResult> results, Predicate<SessionResult> which) {
    return results.stream().filter(which).count();
  }

  private void request(Map<String, Object> request) throws IOException {
    json.name("request").beginObject();
    for (Map.Entry<String, Object> entry : request.entrySet()) {
      json.name(entry.getKey());
      parameter(entry.getValue());
    }
    json.endObject();
  }

  /**
   * What is neither number, boolean nor list is told in words; a secret's words are {@code ***}.
   */
  private void parameter(@Nullable Object value) throws IOException {
    if (value instanceof List<?> list) {
      json.beginArray();
      for (Object element : list) {
        json.value(String.valueOf(element));
      }
      json.endArray();
    } else if (value instanceof Boolean bool) {
      json.value(bool);
    } else if (value instanceof Integer || value instanceof Long) {
      json.value(((Number) value).longValue());
    } else {
      json.value(value == null ? null : value.toString());
    }
  }

  /** Without the password and without the driver's properties, which may hold passwords too. */
  private void connection(@Nullable ConnectionSettings connection) throws IOException {
    json.name("connection");
    if (connection == null) {
      json.nullValue();
      return;
    }
    json.beginObject();
    json.name("server").value(connection.server());
    hosts("hosts", connection.hosts());
    hosts("nodes", connection.nodes());
    json.name("database").value(connection.database());
    strings("maintenanceDatabases", connection.maintenanceDatabases());
    json.name("user").value(connection.user());
    json.name("role").value(connection.role());
    millis("connectTimeoutMillis", connection.connectTimeout());
    millis("waitForServerMillis", connection.waitForServer());
    json.name("origins").beginObject();
    for (Map.Entry<String, String> origin : new TreeMap<>(connection.origins()).entrySet()) {
      json.name(origin.getKey()).value(origin.getValue());
    }
    json.endObject();
    json.endObject();
  }

  private void hosts(String name, List<HostAddress> hosts) throws IOException {
    json.name(name).beginArray();
    for (HostAddress host : hosts) {
      json.beginObject();
      json.name("name").value(host.name());
      json.name("address").value(host.address());
      json.name("port").value(host.port());
      json.endObject();
    }
    json.endArray();
  }

  private void server(@Nullable ServerInfo server) throws IOException {
    json.name("server");
    if (server == null) {
      json.nullValue();
      return;
    }
    json.beginObject();
    json.name("node").value(server.self().node().toString());
    json.name("version").value(server.version());
    json.name("versionNumber").value(server.versionNumber());
    json.name("systemIdentifier").value(server.systemIdentifier());
    json.name("standby").value(server.standby());
    strings("providerRoles", server.providerRoles());
    json.name("standbys").value(server.standbys());
    json.name("inactiveSlots").value(server.inactiveSlots());
    json.name("pooled").value(server.pooled());
    json.name("self").beginObject();
    json.name("pid").value(server.self().pid());
    json.name("backendStart").value(server.self().backendStart());
    json.endObject();
    json.name("role").value(server.role());
    json.name("connectedTo").value(server.connectedTo());
    json.name("seesAllSessions").value(server.seesAllSessions());
    json.name("querySizeBytes").value(server.querySize());
    millis("upTimeMillis", server.upTime());
    json.endObject();
  }

  private void database(@Nullable DatabaseInfo database) throws IOException {
    json.name("database");
    if (database == null) {
      json.nullValue();
      return;
    }
    json.beginObject();
    json.name("oid").value(database.oid());
    json.name("name").value(database.name());
    json.name("protectedBy").value(database.protectedBy());
    json.endObject();
  }

  private void results(List<SessionResult> results) throws IOException {
    json.name("results").beginArray();
    for (SessionResult result : results) {
      json.beginObject();
      json.name("session").beginObject();
      session(result.session());
      json.endObject();
      json.name("outcome");
      outcome(result.outcome());
      json.name("newcomer").value(result.newcomer());
      millis("signalledAtMillis", result.signalledAt());
      json.name("holdsLocks").value(result.holdsLocks());
      json.endObject();
    }
    json.endArray();
  }

  private void listed(List<ListedSession> listed) throws IOException {
    json.name("listed").beginArray();
    for (ListedSession session : listed) {
      json.beginObject();
      session(session.session());
      json.name("foreseen");
      if (session.foreseen() == null) {
        json.nullValue();
      } else {
        outcome(session.foreseen());
      }
      json.endObject();
    }
    json.endArray();
  }

  private void statements(List<Statement> statements) throws IOException {
    json.name("statements").beginArray();
    for (Statement statement : statements) {
      json.beginObject();
      json.name("text").value(statement.text());
      json.name("executed").value(statement.executed());
      json.endObject();
    }
    json.endArray();
  }

  private void outcome(Outcome outcome) throws IOException {
    json.beginObject();
    json.name("code").value(outcome.code());
    json.name("word").value(outcome.word());
    if (outcome instanceof Outcome.Gone gone) {
      millis("afterMillis", gone.after());
      json.name("by").value(gone.by() == null ? null : gone.by().name());
    } else if (outcome instanceof Outcome.Survived survived) {
      millis("afterMillis", survived.after());
    } else if (outcome instanceof Outcome.Refused refused) {
      refusal(refused.refusal());
    } else if (outcome instanceof Outcome.Excluded excluded) {
      fact("exclusion", excluded.rule().code(), excluded.rule().words());
    }
    json.endObject();
  }

  private void fact(String name, String code, String words) throws IOException {
    json.name(name).beginObject();
    json.name("code").value(code);
    json.name("words").value(words);
    json.endObject();
  }

  private void refusal(Refusal refusal) throws IOException {
    json.name("refusal").beginObject();
    json.name("code").value(refusal.cause().code());
    json.name("words").value(refusal.reason());
    json.name("remedy").value(refusal.remedy());
    json.endObject();
  }

  private void steps(List<StepResult> steps) throws IOException {
    json.name("steps").beginArray();
    for (StepResult step : steps) {
      json.beginObject();
      json.name("name").value(step.name());
      json.name("kind").value(word(step.kind()));
      json.name("what").value(step.what());
      json.name("status").value(word(step.status()));
      millis("durationMillis", step.duration());
      json.name("exitCode").value(step.exitCode());
      json.name("output").value(step.output());
      json.endObject();
    }
    json.endArray();
  }

  /** All of them are of the goal's database, for which the server was asked by its object id. */
  private void prepared(List<PreparedTransaction> transactions, @Nullable DatabaseInfo database)
      throws IOException {
    json.name("prepared").beginArray();
    for (PreparedTransaction transaction : transactions) {
      json.beginObject();
      json.name("gid").value(transaction.gid());
      json.name("owner").value(transaction.owner());
      json.name("database").value(transaction.database());
      json.name("databaseOid").value(database == null ? null : database.oid());
      json.name("transaction").value(transaction.transaction());
      json.name("prepared").value(transaction.prepared());
      millis("ageMillis", transaction.age());
      json.name("locks").value(transaction.locks());
      json.endObject();
    }
    json.endArray();
  }

  private void blockers(List<Blocker> blockers) throws IOException {
    json.name("blockers").beginArray();
    for (Blocker blocker : blockers) {
      json.beginObject();
      fact("kind", blocker.kind().code(), Wording.words(blocker.kind()));
      json.name("what").value(blocker.what());
      millis("ageMillis", blocker.age());
      json.name("pid").value(blocker.pid());
      json.name("stops").value(blocker.stops());
      removal(blocker.removal());
      json.name("where").value(blocker.where());
      if (blocker.refusal() == null) {
        json.name("refusal").nullValue();
      } else {
        refusal(blocker.refusal());
      }
      json.endObject();
    }
    json.endArray();
  }

  private void removal(@Nullable Removal removal) throws IOException {
    if (removal == null) {
      json.name("removal").nullValue();
    } else {
      fact("removal", removal.action().code(), removal.text());
    }
  }

  private void lockout(@Nullable LockoutReport lockout) throws IOException {
    json.name("lockout");
    if (lockout == null) {
      json.nullValue();
      return;
    }
    json.beginObject();
    json.name("closedWith").value(word(lockout.closedWith()));
    json.name("reopen").value(word(lockout.reopen()));
    strings("closing", lockout.closing());
    json.name("closedAt").value(lockout.closedAt().toString());
    strings("reopening", lockout.reopening());
    Instant reopened = lockout.reopenedAt();
    json.name("reopenedAt").value(reopened == null ? null : reopened.toString());
    if (lockout.opening() == null) {
      json.name("outcome").nullValue();
    } else {
      fact("outcome", word(lockout.opening()), String.valueOf(lockout.words()));
    }
    json.endObject();
  }

  private void poolers(List<PoolerReport> poolers) throws IOException {
    json.name("poolers").beginArray();
    for (PoolerReport alias : poolers) {
      json.beginObject();
      json.name("console").value(alias.console());
      json.name("alias").value(alias.alias());
      json.name("mode").value(alias.mode());
      json.name("pausedAt").value(alias.since().toString());
      millis("pausedMillis", alias.lasted());
      json.name("clients").value(alias.clients());
      json.name("waiting").value(alias.waiting());
      json.endObject();
    }
    json.endArray();
  }

  /** A constant as parameters are spelled: {@code build-end}. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void alsoHit(List<Session> sessions) throws IOException {
    json.name("alsoHit").beginArray();
    for (Session session : sessions) {
      json.beginObject();
      session(session);
      json.endObject();
    }
    json.endArray();
  }

  /** Its properties, within an object that may have more. */
  private void session(Session session) throws IOException {
    for (SessionColumn column : SessionColumn.values()) {
      json.name(column.property());
      value(column.value(session));
    }
  }

  private void value(@Nullable Object value) throws IOException {
    if (value instanceof Duration duration) {
      json.value(duration.toMillis());
    } else if (value instanceof Number number) {
      json.value(number);
    } else if (value instanceof Boolean bool) {
      json.value(bool);
    } else if (value instanceof List<?> many) {
      json.beginArray();
      for (Object one : many) {
        value(one);
      }
      json.endArray();
    } else {
      json.value(value == null ? null : value.toString());
    }
  }

  private void strings(String name, List<String> values) throws IOException {
    json.name(name).beginArray();
    for (String value : values) {
      json.value(value);
    }
    json.endArray();
  }

  private void millis(String name, @Nullable Duration duration) throws IOException {
    json.name(name);
    if (duration == null) {
      json.nullValue();
    } else {
      json.value(duration.toMillis());
    }
  }
}
