package io.github.pgkill.maven.goal;

import io.github.pgkill.testing.TestServer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What each goal calls its parameters in effect, given the POM of {@code src/test/projects/shop}.
 */
final class BoundParameters {

  /** Not below the directory of a build, where a test takes everything for a report. */
  static final String OUTPUT = Path.of("target/shop/sessions.csv").toAbsolutePath().toString();

  private BoundParameters() {}

  /** The parameters that are set in that POM and belong to that goal, as a report shows them. */
  static Map<String, Object> ofShop(String goal, String database) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("user", "postgres");
    all.put("serverId", "shop-db");
    all.put("connectionFrom", "flyway");
    all.put("database", database);
    all.put("maintenanceDatabase", "template1");
    all.put("role", "postgres");
    all.put("connectTimeout", "5s");
    all.put("waitForServer", "PT2S");
    all.put("dryRun", true);
    all.put("oncePerBuild", true);
    all.put("sessionUsers", List.of("app", "Häns \"O'Neill\""));
    all.put("excludeSessionUsers", List.of("monitor"));
    all.put("applicationNames", List.of("/^idea{1,3}/", "DBeaver"));
    all.put("excludeApplicationNames", List.of("nagios", "/^zabbix/"));
    all.put("clientAddresses", List.of("127.0.0.0/8", "local"));
    all.put("excludeClientAddresses", List.of("10.1.2.3"));
    all.put("states", List.of("idle", "idle in transaction"));
    all.put("queryPattern", "(?i)^select");
    all.put("excludeQueryPattern", "pg_sleep");
    all.put("minSessionAge", "5m");
    all.put("minTransactionAge", "1m");
    all.put("minQueryAge", "30s");
    all.put("minStateAge", "500ms");
    all.put("backendTypes", List.of("client backend", "walsender"));
    all.put("pids", List.of("99994711", "99994712"));
    all.put("holdingLocksOn", List.of("pg_catalog.pg_class", "\"public\""));
    all.put("rootBlockersOnly", true);
    all.put("interruptMigrations", true);
    all.put("timeout", "20s");
    all.put("quietPeriod", "2s");
    all.put("drain", "1s");
    all.put("cancelFirst", true);
    all.put("maxSessions", "7");
    all.put("escalate", "Kill-Processes");
    all.put("whenRefused", "Continue");
    all.put("signal", "term");
    all.put("dataDirectory", TestServer.shared().dataDirectory().toString());
    all.put("affectOtherSessions", true);
    all.put("readyTimeout", "2m");
    all.put("failIfDatabaseMissing", false);
    all.put("allowedHosts", List.of("db.example.org", "10.0.0.0/8"));
    all.put("allowedServers", List.of("7123456789012345678"));
    all.put("protectedDatabases", List.of("prod"));
    all.put("allowProtected", List.of("postgres"));
    all.put("closeWith", "none");
    all.put("revokeFrom", List.of("PUBLIC", "app"));
    all.put("admitRoles", List.of("flyway"));
    all.put("reopen", "never");
    all.put("affectReplication", true);
    all.put("affectPoolers", true);
    all.put("keepClear", true);
    all.put("awaitLocks", List.of("flyway", "/^liquibase/", "4713"));
    all.put("awaitRoles", List.of("postgres", "pg_monitor"));
    all.put("beforeTerminate", List.of("sql"));
    all.put("afterTerminate", List.of("sqlFile seed.sql", "command psql --version"));
    all.put("force", true);
    all.put("confirm", "shop");
    all.put("restartWith", "command");
    all.put("serviceName", "15/main");
    all.put("restartCommand", List.of("kubectl", "rollout restart", "statefulset/shop"));
    all.put("sudo", true);
    all.put("shutdownMode", "smart");
    all.put("backup", false);
    all.put("backupDirectory", "/shop/backups");
    all.put("pgDump", "/shop/bin/pg_dump");
    all.put("fromBackup", "/shop/backups/shop.dump");
    all.put("fromTemplate", "shop_gold");
    all.put("intent", "alter");
    all.put("failOnBlockers", true);
    all.put("rollbackPrepared", true);
    all.put("preparedGid", "^shop");
    all.put("minPreparedAge", "1h");
    all.put("watch", "100ms");
    all.put("watchFor", "150ms");
    all.put("sort", "-age");
    all.put("limit", "3");
    all.put("format", "csv");
    all.put("output", OUTPUT);
    all.put("failIfAny", true);
    all.keySet().retainAll(DescriptorTest.CONTRACT.get(goal));
    return all;
  }

  /** What a goal calls its parameters in effect when the user sets none. */
  static Map<String, Object> defaults(String goal) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("waitForServer", "0s");
    all.put("dryRun", false);
    all.put("backendTypes", List.of("client backend"));
    all.put("rootBlockersOnly", false);
    all.put("interruptMigrations", false);
    all.put("timeout", "30s");
    all.put("drain", "0s");
    all.put("cancelFirst", false);
    all.put("escalate", "none");
    all.put("whenRefused", "stop");
    all.put("signal", "TERM");
    all.put("affectOtherSessions", false);
    all.put("readyTimeout", "60s");
    all.put("failIfDatabaseMissing", true);
    all.put("oncePerBuild", false);
    all.put("closeWith", "auto");
    all.put("reopen", goal.equals("terminate") ? "immediately" : "build-end");
    all.put("affectReplication", false);
    all.put("affectPoolers", false);
    all.put("keepClear", false);
    all.put("force", false);
    all.put("restartWith", "auto");
    all.put("sudo", false);
    all.put("shutdownMode", "fast");
    all.put("backup", false);
    all.put("intent", "clean");
    all.put("failOnBlockers", false);
    all.put("sort", "age");
    all.put("format", "table");
    all.put("failIfAny", false);
    all.put("rollbackPrepared", false);
    all.put("minPreparedAge", "10m");
    all.keySet().retainAll(DescriptorTest.CONTRACT.get(goal));
    return all;
  }

  /** The same parameters as one types them, {@code pgkill.} in front, lists with commas. */
  static Map<String, String> asProperties(Map<String, Object> parameters) {
    Map<String, String> properties = new LinkedHashMap<>();
    parameters.forEach(
        (name, value) ->
            properties.put(
                "pgkill." + name,
                value instanceof List<?> list
                    ? String.join(",", Arrays.copyOf(list.toArray(), list.size(), String[].class))
                    : value.toString()));
    return properties;
  }
}
