package io.github.pgkill;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.KeptChange;
import io.github.pgkill.patroni.PatroniRest;
import io.github.pgkill.patroni.RestEndpoint;
import io.github.pgkill.postgres.core.ServerConnector;
import io.github.pgkill.postgres.poolers.PauseHolder;
import io.github.pgkill.postgres.poolers.PoolerConsole;
import java.net.URLConnection;
import java.sql.DriverManager;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.NullMarked;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/**
 * The rooms of the house and who may go where, so that a line in the wrong room fails the build.
 */
@AnalyzeClasses(
    packages = "io.github.pgkill",
    importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NotGenerated.class})
final class ArchitectureTest {

  @ArchTest
  static final ArchRule dependenciesPointOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .layer("maven")
          .definedBy("io.github.pgkill.maven..")
          .layer("job")
          .definedBy("io.github.pgkill.job..")
          .layer("connection")
          .definedBy("io.github.pgkill.connection..")
          .layer("postgres")
          .definedBy("io.github.pgkill.postgres..")
          .layer("host")
          .definedBy("io.github.pgkill.host..")
          .layer("patroni")
          .definedBy("io.github.pgkill.patroni..")
          .layer("report")
          .definedBy("io.github.pgkill.report..")
          .layer("model")
          .definedBy("io.github.pgkill.model..")
          .whereLayer("maven")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("job")
          .mayOnlyBeAccessedByLayers("maven")
          .whereLayer("connection")
          .mayOnlyBeAccessedByLayers("maven", "job")
          .whereLayer("postgres")
          .mayOnlyBeAccessedByLayers("maven", "job")
          .whereLayer("host")
          .mayOnlyBeAccessedByLayers("maven", "job")
          .whereLayer("patroni")
          .mayOnlyBeAccessedByLayers("job")
          .whereLayer("report")
          .mayOnlyBeAccessedByLayers("maven", "job");

  @ArchTest
  static final ArchRule everyClassIsInARoom =
      classes()
          .should()
          .resideInAnyPackage(
              "io.github.pgkill.maven..",
              "io.github.pgkill.job..",
              "io.github.pgkill.connection..",
              "io.github.pgkill.postgres..",
              "io.github.pgkill.host..",
              "io.github.pgkill.patroni..",
              "io.github.pgkill.report..",
              "io.github.pgkill.model..");

  @ArchTest
  static final ArchRule onlyMavenKnowsMaven =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.github.pgkill.maven..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.maven..", "javax.inject..", "org.eclipse.aether..");

  @ArchTest
  static final ArchRule onlyPostgresSpeaksSql =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.github.pgkill.postgres..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")
                  // the driver's list of its own options, which connection checks URLs against
                  .and(not(equivalentTo(PGProperty.class))));

  @ArchTest
  static final ArchRule onlyPatroniSpeaksHttp =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.github.pgkill.patroni..")
          .should()
          .dependOnClassesThat(resideInAnyPackage("java.net.http.."))
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(URLConnection.class);

  /** Where an answer comes from is judged there before anybody is asked. */
  @ArchTest
  static final ArchRule onlyTheGuardedClusterAsksPatroni =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.github.pgkill.patroni..")
          .and()
          .doNotHaveFullyQualifiedName("io.github.pgkill.job.patroni.PatroniCluster")
          .should()
          .dependOnClassesThat(
              equivalentTo(PatroniRest.class).or(equivalentTo(RestEndpoint.class)));

  @ArchTest
  static final ArchRule onlyAdmissionLetsAnybodyInToChangeSomething =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("io.github.pgkill.job.admission.Admission")
          .should()
          .callMethod(ServerConnector.class, "toChange", ConnectionSettings.class, DialPlan.class);

  /** Each of these only looks; whoever opens a connection to change something is not among them. */
  @ArchTest
  static final ArchRule onlyThoseWhoChangeNothingConnectUnguarded =
      noClasses()
          .that()
          .haveNameNotMatching(
              "io\\.github\\.pgkill\\.job\\.(diagnose\\.Diagnose|list\\.ListSessions|backup\\.Backup)")
          .should()
          .callMethod(ServerConnector.class, "toLook", ConnectionSettings.class);

  @ArchTest
  static final ArchRule onlyTheWayBackLeadsToASuccessor =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("io.github.pgkill.job.admission.WayBack")
          .should()
          .callMethod(ServerConnector.class, "orSuccessor")
          .orShould()
          .callMethod(ServerConnector.class, "lookAt", HostAddress.class);

  @ArchTest
  static final ArchRule onlyGivingBackGoesToASuccessor =
      noClasses()
          .that()
          .haveNameNotMatching("io\\.github\\.pgkill\\.job\\.lockout\\.(LockoutKeeper|Reopening)")
          .should()
          .callMethod("io.github.pgkill.job.admission.WayBack", "toGiveBack");

  /** Whose lockout it is has one wording, and so has whatever others changed meanwhile. */
  @ArchTest
  static final ArchRule onlyTheWordingNamesWhoClosedADatabase =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.github.pgkill.job..", "io.github.pgkill.report..", "io.github.pgkill.maven..")
          .and()
          .doNotHaveFullyQualifiedName("io.github.pgkill.report.text.LockoutWording")
          .should()
          .callMethod(BuildIdentity.class, "host")
          .orShould()
          .callMethod(BuildIdentity.class, "pid")
          .orShould()
          .dependOnClassesThat(
              assignableTo(KeptChange.class).and(not(equivalentTo(KeptChange.class))));

  /** A console is opened by whom the guard let through, or by whom only looks. */
  @ArchTest
  static final ArchRule onlyAdmissionAndDiagnoseOpenThePoolersConsole =
      noClasses()
          .that()
          .haveNameNotMatching(
              "io\\.github\\.pgkill\\.job\\.(admission\\.Admission|diagnose\\.PoolersSeen)")
          .should()
          .callMethod(
              PoolerConsole.class,
              "open",
              ConnectionSettings.class,
              HostAddress.class,
              DialPlan.class);

  @ArchTest
  static final ArchRule onlyTheConnectorDials =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("io.github.pgkill.postgres.core.Dial")
          .should()
          .callMethod(Driver.class, "connect", String.class, Properties.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(DriverManager.class);

  @ArchTest
  static final ArchRule onlyHostStartsOrSignalsProcesses =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.github.pgkill.host..")
          .should()
          .dependOnClassesThat()
          .areAssignableTo(Process.class)
          .orShould()
          .dependOnClassesThat()
          .areAssignableTo(ProcessBuilder.class)
          .orShould()
          .callMethod(Runtime.class, "exec", String.class)
          .orShould()
          .callMethod(Runtime.class, "exec", String[].class)
          .orShould()
          .callMethod(ProcessHandle.class, "destroy")
          .orShould()
          .callMethod(ProcessHandle.class, "destroyForcibly");

  /** The one who holds pauses is a program of its own, and speaks with the build by them. */
  @ArchTest
  static void nothingGoesToStandardStreams(JavaClasses house) {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(
        house.that(not(equivalentTo(PauseHolder.class))));
  }

  @ArchTest
  static final ArchRule nothingGoesToALoggerOfItsOwn =
      NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.allowEmptyShould(true);

  @ArchTest
  static final ArchRule exceptionsSayWhatTheyAre = NO_CLASSES_SHOULD_THROW_GENERIC_EXCEPTIONS;

  @ArchTest
  static final ArchRule nothingEndsTheBuildsJvm =
      noClasses()
          .should()
          .callMethod(System.class, "exit", int.class)
          .orShould()
          .callMethod(Runtime.class, "halt", int.class);

  @ArchTest
  static final ArchRule roomsAreFreeOfCycles =
      slices().matching("io.github.pgkill.(**)").should().beFreeOfCycles();

  /**
   * The rooms of each floor, from the top to the ground: a room may use those below it, and none
   * above. A capability has the same name on every floor.
   */
  private static final Map<String, List<String>> ROOMS =
      Map.of(
          "job",
          List.of(
              "drop",
              "kill",
              "terminate",
              "connect",
              "removal",
              "diagnose",
              "restart",
              "watch",
              "list",
              "lockout",
              "poolers",
              "backup",
              "processes",
              "nodes",
              "patroni",
              "admission",
              "outcome",
              "phases"),
          "postgres",
          List.of(
              "diagnose",
              "database",
              "lockout",
              "nodes",
              "instance",
              "sessions",
              "prepared",
              "poolers",
              "core"),
          "host",
          List.of("restart", "process", "poolers", "dump", "build", "command"),
          "report",
          List.of("html", "json", "console", "text"),
          "maven",
          List.of("goal", "build", "parameter"),
          "connection",
          List.of("migration", "spring", "build", "libpq", "environment"),
          "model",
          List.of(
              "report",
              "host",
              "lockout",
              "prepared",
              "diagnose",
              "patroni",
              "server",
              "sessions",
              "poolers",
              "connection",
              "value",
              "failure",
              "text"));

  @ArchTest
  static final ArchRule noArrowRunsUpBetweenTheRoomsOfAFloor =
      classes()
          .should(
              new ArchCondition<>("use no room above their own") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  type.getDirectDependenciesFromSelf().stream()
                      .filter(d -> above(d.getTargetClass(), type))
                      .forEach(
                          d -> events.add(SimpleConditionEvent.violated(type, d.getDescription())));
                }
              });

  private static boolean above(JavaClass used, JavaClass user) {
    Room there = Room.of(used);
    Room here = Room.of(user);
    List<String> rooms = ROOMS.getOrDefault(here.floor(), List.of());
    return there.floor().equals(here.floor())
        && rooms.contains(here.name())
        && rooms.indexOf(there.name()) >= 0
        && rooms.indexOf(there.name()) < rooms.indexOf(here.name());
  }

  @ArchTest
  static final ArchRule everyRoomHasItsPlace =
      classes()
          .should(
              new ArchCondition<>("be in a room that the list of rooms names") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  Room room = Room.of(type);
                  if (!room.name().isEmpty()
                      && !ROOMS.getOrDefault(room.floor(), List.of()).contains(room.name())) {
                    events.add(SimpleConditionEvent.violated(type, type.getName() + " is not"));
                  }
                }
              });

  /** A floor of the house, and a room of it; no name for what stands outside of rooms. */
  private record Room(String floor, String name) {
    static Room of(JavaClass type) {
      String[] parts = type.getPackageName().split("\\.");
      return new Room(parts.length > 3 ? parts[3] : "", parts.length > 4 ? parts[4] : "");
    }
  }

  @ArchTest
  static void noFloorKeepsMoreThanADozenFilesOutsideOfRooms(JavaClasses house) {
    for (String floor : ROOMS.keySet()) {
      List<String> outside =
          house.stream()
              .filter(type -> type.getPackageName().equals("io.github.pgkill." + floor))
              .filter(JavaClass::isTopLevelClass)
              .map(JavaClass::getSimpleName)
              .toList();
      assertThat(outside).as("classes of %s outside of its rooms", floor).hasSizeLessThan(13);
    }
  }

  @ArchTest
  static final ArchRule roomsAreNullMarked =
      classes()
          .should(
              new ArchCondition<>("be in a package that is @NullMarked") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                  events.add(
                      new SimpleConditionEvent(
                          type,
                          type.getPackage().isAnnotatedWith(NullMarked.class),
                          type.getPackage().getName() + " has no @NullMarked package-info"));
                }
              });

  /** The help goal is Maven's code, not ours. */
  static final class NotGenerated implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return !location.contains("HelpMojo");
    }
  }
}
