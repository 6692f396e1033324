package io.github.pgkill.maven.goal;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.maven.plugin.descriptor.MojoDescriptor;
import org.apache.maven.plugin.descriptor.Parameter;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What users are promised: the goals, their names, and the names of their parameters. */
class DescriptorTest {

  private static final List<String> EVERY_GOAL =
      List.of(
          "url",
          "user",
          "password",
          "serverId",
          "connectionFrom",
          "database",
          "maintenanceDatabase",
          "role",
          "connectTimeout",
          "waitForServer",
          "nodes",
          "patroni",
          "patroniServerId",
          "poolers",
          "poolersServerId",
          "affectPoolers",
          "skip",
          "dryRun",
          "reportDirectory",
          "failIfDatabaseMissing",
          "allowedHosts",
          "allowedServers",
          "protectedDatabases",
          "allowProtected",
          "oncePerBuild");

  private static final List<String> SELECTION =
      List.of(
          "sessionUsers",
          "excludeSessionUsers",
          "applicationNames",
          "excludeApplicationNames",
          "clientAddresses",
          "excludeClientAddresses",
          "states",
          "queryPattern",
          "excludeQueryPattern",
          "minSessionAge",
          "minTransactionAge",
          "minQueryAge",
          "minStateAge",
          "backendTypes",
          "pids",
          "holdingLocksOn",
          "rootBlockersOnly",
          "interruptMigrations");

  private static final List<String> TERMINATION =
      List.of("timeout", "quietPeriod", "drain", "cancelFirst", "maxSessions");

  private static final List<String> PROCESSES =
      List.of("signal", "dataDirectory", "affectOtherSessions", "readyTimeout");
  private static final List<String> PREPARED =
      List.of("rollbackPrepared", "preparedGid", "minPreparedAge");

  private static final List<String> LISTING =
      List.of("watch", "watchFor", "sort", "limit", "format", "output", "failIfAny");

  private static final List<String> DOOR =
      List.of("closeWith", "revokeFrom", "admitRoles", "reopen", "affectReplication");

  private static final List<String> DROP =
      List.of("timeout", "confirm", "affectReplication", "maxSessions");

  private static final List<String> RESTART =
      List.of(
          "restartWith",
          "serviceName",
          "restartCommand",
          "sudo",
          "shutdownMode",
          "readyTimeout",
          "dataDirectory",
          "affectOtherSessions",
          "maxSessions");

  private static final List<String> DUMP = List.of("backupDirectory", "pgDump");

  /** A step is more than a word, so that no property can say it. */
  static final List<String> STEPS = List.of("beforeTerminate", "afterTerminate");

  /** By goal, without the generated {@code help}. */
  static final Map<String, List<String>> CONTRACT =
      Map.ofEntries(
          entry("diagnose", join(EVERY_GOAL, SELECTION, List.of("intent", "failOnBlockers"))),
          entry("list-sessions", join(EVERY_GOAL, SELECTION, LISTING)),
          entry(
              "terminate-sessions",
              join(
                  EVERY_GOAL,
                  SELECTION,
                  TERMINATION,
                  List.of("escalate", "whenRefused", "awaitLocks", "awaitRoles"),
                  PROCESSES,
                  PREPARED)),
          entry(
              "terminate",
              join(
                  EVERY_GOAL,
                  SELECTION,
                  TERMINATION,
                  List.of("escalate", "whenRefused"),
                  PROCESSES,
                  DOOR,
                  DUMP,
                  List.of("backup", "keepClear"),
                  PREPARED,
                  STEPS)),
          entry(
              "kill-processes",
              join(EVERY_GOAL, SELECTION, List.of("timeout", "maxSessions"), PROCESSES)),
          entry("backup", join(EVERY_GOAL, DUMP)),
          entry("drop-database", join(EVERY_GOAL, DROP, PREPARED, DUMP, List.of("backup"))),
          entry(
              "recreate-database",
              join(
                  EVERY_GOAL,
                  DROP,
                  PREPARED,
                  DUMP,
                  List.of("backup", "fromBackup", "fromTemplate"))),
          entry("restart-server", join(EVERY_GOAL, SELECTION, RESTART, DUMP, List.of("backup"))),
          entry("revoke-connect", join(EVERY_GOAL, DOOR, List.of("timeout"))),
          entry("restore-connect", join(EVERY_GOAL, List.of("force"))));

  static List<MojoDescriptor> goals() {
    return Build.descriptor().getMojos().stream()
        .filter(goal -> !goal.getGoal().equals("help"))
        .toList();
  }

  @Test
  void thePrefixAndTheGoalsAreTheContracts() {
    assertThat(Build.descriptor().getGoalPrefix()).isEqualTo("pgkill");
    assertThat(goals())
        .extracting(MojoDescriptor::getGoal)
        .containsExactlyInAnyOrderElementsOf(CONTRACT.keySet());
  }

  @ParameterizedTest
  @MethodSource("goals")
  void theParametersAreTheContractsAndNoOthers(MojoDescriptor goal) {
    assertThat(parameters(goal))
        .extracting(Parameter::getName)
        .containsExactlyInAnyOrderElementsOf(CONTRACT.get(goal.getGoal()));
  }

  @ParameterizedTest
  @MethodSource("goals")
  void everyParameterIsDescribedAndHasAPrefixedProperty(MojoDescriptor goal) {
    assertThat(parameters(goal))
        .allSatisfy(
            parameter -> {
              assertThat(parameter.getDescription()).as(parameter.getName()).isNotBlank();
              assertThat(parameter.getSince()).as(parameter.getName()).isEqualTo("0.1.0");
              assertThat(parameter.getDeprecated()).as(parameter.getName()).isNull();
              assertThat(parameter.isRequired()).as(parameter.getName()).isFalse();
              if (!STEPS.contains(parameter.getName())) {
                assertThat(goal.getMojoConfiguration().getChild(parameter.getName()).getValue(null))
                    .isEqualTo("${pgkill." + parameter.getName() + "}");
              }
            });
  }

  @ParameterizedTest
  @MethodSource("goals")
  void whatHelpSaysOfParametersHasNoStrayBlanks(MojoDescriptor goal) {
    for (Parameter parameter : parameters(Build.help().getMojo(goal.getGoal()))) {
      assertThat(parameter.getDescription())
          .as(parameter.getName())
          .doesNotContainPattern("<code>\\s|\\s</code>");
      assertThat(parameter.getDescription().replaceAll("<[^>]*>", ""))
          .as(parameter.getName())
          .doesNotContainPattern("\\s[,;:.)](\\s|$)")
          .doesNotContainPattern("[(]\\s|[{]@|\\s{2}");
    }
  }

  @ParameterizedTest
  @MethodSource("goals")
  void everyGoalRunsAnywhereAndIsDescribed(MojoDescriptor goal) {
    assertThat(goal.isProjectRequired()).isFalse();
    assertThat(goal.isOnlineRequired()).isFalse();
    assertThat(goal.isThreadSafe()).isTrue();
    assertThat(goal.getDescription()).isNotBlank();
    assertThat(goal.getSince()).isEqualTo("0.1.0");
  }

  @Test
  void onlyGoalsThatChangeSomethingHaveADefaultPhase() {
    assertThat(Build.descriptor().getMojo("terminate").getPhase())
        .isEqualTo("pre-integration-test");
    assertThat(Build.descriptor().getMojo("terminate-sessions").getPhase())
        .isEqualTo("pre-integration-test");
    assertThat(Build.descriptor().getMojo("revoke-connect").getPhase())
        .isEqualTo("pre-integration-test");
    assertThat(Build.descriptor().getMojo("restart-server").getPhase())
        .isEqualTo("pre-integration-test");
    assertThat(Build.descriptor().getMojo("restore-connect").getPhase())
        .isEqualTo("post-integration-test");
    assertThat(Build.descriptor().getMojo("backup").getPhase()).isEqualTo("pre-integration-test");
    assertThat(Build.descriptor().getMojo("drop-database").getPhase()).isNull();
    assertThat(Build.descriptor().getMojo("recreate-database").getPhase()).isNull();
    assertThat(Build.descriptor().getMojo("list-sessions").getPhase()).isNull();
    assertThat(Build.descriptor().getMojo("kill-processes").getPhase()).isNull();
    // it changes nothing, and is worth little when it comes late
    assertThat(Build.descriptor().getMojo("diagnose").getPhase()).isEqualTo("validate");
  }

  /** Maven parses the descriptor in each build: see src/build/lean-descriptor.xsl. */
  @ParameterizedTest
  @MethodSource("goals")
  void theDescriptorHasTheFirstSentenceOfWhatHelpSays(MojoDescriptor goal) {
    MojoDescriptor help = Build.help().getMojo(goal.getGoal());
    assertThat(goal.getDescription()).is(firstSentenceOf(help.getDescription()));
    Map<String, Parameter> explained = help.getParameterMap();
    assertThat(parameters(goal))
        .allSatisfy(
            parameter ->
                assertThat(parameter.getDescription())
                    .is(firstSentenceOf(explained.get(parameter.getName()).getDescription())));
    assertThat(explained.values())
        .filteredOn(Parameter::isEditable)
        .hasSameSizeAs(parameters(goal))
        .anySatisfy(parameter -> assertThat(parameter.getDescription()).contains(". "));
  }

  /** A sentence ends in one full stop, and with its brackets closed. */
  private static Condition<String> firstSentenceOf(String text) {
    return new Condition<>(
        sentence ->
            text.startsWith(sentence)
                && sentence.matches("(?s)[^.].*[^.][.]")
                && !sentence.contains(". ")
                && sentence.chars().filter(c -> c == '(').count()
                    == sentence.chars().filter(c -> c == ')').count(),
        "the first sentence of \"%s\"",
        text);
  }

  @Test
  void eclipseIsToldToLeaveEveryGoalAlone() throws IOException {
    String mapping = "/META-INF/m2e/lifecycle-mapping-metadata.xml";
    try (InputStream in = DescriptorTest.class.getResourceAsStream(mapping)) {
      String told = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(told).containsPattern("<action>\\s*<ignore/>\\s*</action>");
      assertThat(Pattern.compile("<goal>(.*)</goal>").matcher(told).results())
          .extracting(goal -> goal.group(1))
          .containsExactlyInAnyOrderElementsOf(CONTRACT.keySet());
    }
  }

  private static List<Parameter> parameters(MojoDescriptor goal) {
    return goal.getParameters().stream().filter(Parameter::isEditable).toList();
  }

  @SafeVarargs
  private static List<String> join(List<String>... lists) {
    return Stream.of(lists).flatMap(List::stream).toList();
  }
}
