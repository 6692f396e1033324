package io.github.pgkill.report.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.report.Surroundings;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.report.console.TerminationSummaryTest;
import io.github.pgkill.report.text.LineAssertions;
import io.github.pgkill.report.text.Samples;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReportTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Instant START = Instant.parse("2026-03-04T05:06:07.089Z");

  @TempDir Path directory;

  @Test
  void whatAKilledBuildLeftHalfWrittenIsDeletedByTheNextOne() throws IOException {
    Path old = directory.resolve("." + UUID.randomUUID() + ".tmp");
    Path young = directory.resolve("." + UUID.randomUUID() + ".tmp");
    Path foreign = directory.resolve(".notes.tmp");
    for (Path file : List.of(old, young, foreign)) {
      Files.writeString(file, "half");
    }
    FileTime longAgo = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
    Files.setLastModifiedTime(old, longAgo);
    Files.setLastModifiedTime(foreign, longAgo);
    new JsonReport(directory).write(report("terminate", "x", List.of(), null));
    assertThat(old).doesNotExist();
    assertThat(young).exists();
    assertThat(foreign).exists();
  }

  @Test
  void everyReportIsValid() throws IOException {
    Random random = new Random(51);
    for (int i = 0; i < 200; i++) {
      assertValid(MAPPER.readTree(print(randomReport(random))));
    }
  }

  @Test
  void theSmallestReportIsValid() throws IOException {
    JsonNode json = MAPPER.readTree(print(report("terminate", "default-cli", List.of(), null)));
    assertValid(json);
    assertThat(json.fieldNames().next()).isEqualTo("schema");
    assertThat(json.get("schema").asText()).isEqualTo("pgkill-report/2");
    assertThat(json.get("startedAt").asText()).isEqualTo("2026-03-04T05:06:07.089Z");
    assertThat(json.get("connection").isNull()).isTrue();
  }

  @Test
  void theSchemaLetsNothingElseThrough() throws IOException {
    JsonNode json = MAPPER.readTree(print(report("terminate", "x", List.of(), connection())));
    ((ObjectNode) json.get("connection")).put("password", "x");
    assertThat(schema().validate(json)).isNotEmpty();
  }

  @Test
  void theSchemaDescribesEveryPropertyAndIsClosed() throws IOException {
    assertDescribed(schemaNode());
  }

  @Test
  void noSecretIsInTheReport() throws IOException {
    String json = print(report("terminate", "x", List.of(), connection()));
    assertThat(json).doesNotContain("hunter2", "keypass", "sslpassword").contains("PGPASSWORD");
  }

  @Test
  void aTerminalIsSafeFromTheFile() throws IOException {
    Session hostile = Samples.session(1, "r", "\u009b\u202e", "\u001b[2J\u200b\udb40\udc41", null);
    String json = print(report("list-sessions", "x", List.of(hostile), null));
    json.lines().forEach(LineAssertions::assertHarmless);
    JsonNode session = MAPPER.readTree(json).get("listed").get(0);
    assertThat(session.get("query").asText()).isEqualTo("\u001b[2J\u200b\udb40\udc41");
    assertThat(session.get("applicationName").asText()).isEqualTo("\u009b\u202e");
  }

  @Test
  void aFileOfItsOwnAppearsWhole() throws IOException {
    Path deep = directory.resolve("a/b");
    GoalReport report = report("terminate", "default-cli", List.of(), null);
    Path first = new JsonReport(deep).write(report);
    Path second = new JsonReport(deep).write(report);
    assertThat(first.getFileName().toString())
        .matches("terminate-default-cli-20260304T050607089Z-[0-9a-f]{8}\\.json");
    assertThat(second).isNotEqualTo(first);
    assertValid(MAPPER.readTree(first.toFile()));
    try (Stream<Path> files = Files.list(deep)) {
      assertThat(files).containsExactlyInAnyOrder(first, second);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../etc/x",
        "..\\..\\x",
        "C:\\x",
        "/root/x",
        "a:b*c?<>|\"",
        "CON",
        "nul.txt",
        "\n\u0000",
        "",
        ".",
        "-rf",
        "ключ"
      })
  void aHostileExecutionIdStaysInTheDirectory(String executionId) {
    Path file = new JsonReport(directory).write(report("terminate", executionId, List.of(), null));
    assertThat(file).exists().hasParent(directory);
    assertThat(file.getFileName().toString()).matches("[A-Za-z0-9_-]+\\.json");
  }

  @Test
  void aLongExecutionIdIsCut() {
    assertThat(JsonReport.name("terminate", "x".repeat(1_000), START)).hasSizeLessThan(130);
  }

  @Test
  void aDirectoryBehindASymbolicLinkIsFine() throws IOException {
    Path link =
        Files.createSymbolicLink(
            directory.resolve("link"), Files.createDirectory(directory.resolve("real")));
    assertThat(new JsonReport(link).write(report("terminate", "x", List.of(), null))).exists();
  }

  @Test
  void aFileInTheWayIsToldWithThePathAndTheParameter() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    assertThatThrownBy(() -> new JsonReport(file).write(report("terminate", "x", List.of(), null)))
        .isInstanceOfSatisfying(
            PgkillError.class,
            error -> {
              assertThat(error)
                  .hasMessageContaining(file.toString())
                  .hasCauseInstanceOf(IOException.class);
              assertThat(error.remedy())
                  .hasValueSatisfying(
                      remedy -> assertThat(remedy).contains("pgkill.reportDirectory"));
            });
  }

  @Test
  void thousandsOfSessionsAreQuick() throws IOException {
    List<Session> sessions = Samples.random(new Random(61), 5_000);
    long start = System.nanoTime();
    print(report("list-sessions", "x", sessions, null));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMinutes(1));
  }

  private static GoalReport randomReport(Random random) {
    List<SessionResult> results = new ArrayList<>();
    for (Session session : Samples.random(random, random.nextInt(6))) {
      results.add(
          new SessionResult(
              session,
              TerminationSummaryTest.outcome(random),
              random.nextBoolean(),
              random.nextBoolean() ? null : Duration.ofMillis(5),
              random.nextBoolean()));
    }
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("timeout", Duration.ofSeconds(30));
    request.put("maxSessions", 7);
    request.put("dryRun", true);
    request.put("ratio", Double.NaN);
    request.put("sessionUsers", List.of(Samples.text(random), "a"));
    request.put("nothing", null);
    return new GoalReport(
        "terminate",
        "0.1.0",
        Samples.text(random),
        START,
        START,
        Duration.ofMillis(12),
        request,
        random.nextBoolean() ? null : connection(),
        random.nextBoolean() ? null : Samples.server("ci"),
        random.nextBoolean() ? null : new DatabaseInfo(16384, Samples.text(random), null),
        results,
        Samples.random(random, random.nextInt(6)).stream()
            .map(
                session ->
                    new ListedSession(
                        session,
                        random.nextBoolean()
                            ? null
                            : new Outcome.Excluded(Exclusion.values()[random.nextInt(3)])))
            .toList(),
        List.of(new Statement(Samples.text(random), random.nextBoolean())),
        surroundings(random),
        new Verdict(
            Verdict.Status.values()[random.nextInt(4)], Samples.text(random), List.of("remark")));
  }

  private static Surroundings surroundings(Random random) {
    String text = Samples.text(random);
    return new Surroundings(
        List.of(
            StepResult.planned("beforeTerminate[1]", StepResult.Kind.SQL, text),
            new StepResult(
                "backup",
                StepResult.Kind.COMMAND,
                text,
                StepResult.Status.values()[random.nextInt(3)],
                Duration.ofMillis(7),
                random.nextInt(3),
                text)),
        Samples.random(random, random.nextInt(3)),
        List.of(new PreparedTransaction(text, text, text, 771, text, Duration.ofHours(1), 2)),
        Arrays.stream(Blocker.Kind.values())
            .map(
                kind -> new Blocker(kind, text, null, null, random.nextBoolean(), null, text, null))
            .toList(),
        random.nextBoolean()
            ? null
            : new LockoutReport(
                CloseWith.values()[random.nextInt(3)],
                Reopen.values()[random.nextInt(3)],
                List.of(text),
                START,
                List.of(text),
                random.nextBoolean() ? null : START.plusSeconds(1),
                LockoutReport.Opening.values()[random.nextInt(2)],
                text));
  }

  private static GoalReport report(
      String goal,
      String executionId,
      List<Session> listed,
      @Nullable ConnectionSettings connection) {
    return new GoalReport(
        goal,
        "0.1.0",
        executionId,
        START,
        START,
        Duration.ofMillis(12),
        Map.of(),
        connection,
        null,
        null,
        List.of(),
        listed.stream().map(ListedSession::new).toList(),
        List.of(),
        Surroundings.NONE,
        new Verdict(Verdict.Status.SUCCESS, "done", List.of()));
  }

  private static ConnectionSettings connection() {
    return new ConnectionSettings(
        List.of(new HostAddress("db", "127.0.0.1", 5432), new HostAddress("::1", null, 5433)),
        "app",
        List.of("postgres"),
        "ci",
        new Secret("hunter2"),
        Map.of("sslpassword", "keypass"),
        null,
        Duration.ofSeconds(10),
        Duration.ZERO,
        Map.of("host", "parameter url", "password", "environment PGPASSWORD"));
  }

  private static String print(GoalReport report) throws IOException {
    StringWriter out = new StringWriter();
    JsonReport.print(report, out);
    return out.toString();
  }

  private static void assertValid(JsonNode json) throws IOException {
    assertThat(schema().validate(json)).isEmpty();
  }

  private static JsonSchema schema() throws IOException {
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
        .getSchema(
            schemaNode(), SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build());
  }

  private static JsonNode schemaNode() throws IOException {
    try (InputStream in = JsonReport.class.getResourceAsStream("report-2.schema.json")) {
      return MAPPER.readTree(in);
    }
  }

  private static void assertDescribed(JsonNode node) {
    if (node.has("properties")) {
      assertThat(node.get("additionalProperties").asBoolean(true)).isFalse();
      assertThat(node.get("required")).hasSameSizeAs(node.get("properties"));
      node.get("properties")
          .fields()
          .forEachRemaining(
              property ->
                  assertThat(property.getValue().has("description"))
                      .as(property.getKey())
                      .isTrue());
    }
    node.forEach(JsonReportTest::assertDescribed);
  }
}
