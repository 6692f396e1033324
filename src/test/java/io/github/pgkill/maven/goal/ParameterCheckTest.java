package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.pgkill.model.failure.InvalidParameter;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.maven.plugin.MojoExecution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Maven would ignore in silence ends the goal, wherever it stands. */
class ParameterCheckTest {

  private static final String EMPTY = " is set but empty";
  private static final String GIVE_A_VALUE =
      "Give it a value, or leave it out. Is a variable of the CI not set?";

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "excludeSessionUser, excludeSessionUsers",
    "excludeSessionsUser, excludeSessionUsers",
    "DRYRUN, dryRun",
    "maxSession, maxSessions",
    "closeWiht, closeWith",
    "limits, limit"
  })
  void anUnknownPropertyIsRefusedWithTheNearestName(String typed, String meant) {
    InvalidParameter refusal =
        refusal(Build.withoutPom(directory).property("pgkill." + typed, "x"));
    assertThat(refusal).hasMessageContaining("no goal knows the property pgkill." + typed);
    assertThat(refusal.parameter()).isEqualTo(typed);
    assertThat(refusal.remedy()).contains("Did you mean pgkill." + meant + "?");
  }

  @Test
  void whereNoNameIsNearTheListOfAllIsPointedAt() {
    InvalidParameter refusal =
        refusal(Build.withoutPom(directory).property("pgkill.zzzzzzzz", "x"));
    assertThat(refusal.remedy()).contains("mvn pgkill:help -Ddetail lists them all.");
  }

  @Test
  void anUnknownPropertyIsRefusedWhoeverSetsIt() {
    assertThat(
            refusal(Build.withoutPom(directory).systemProperty("pgkill.excludeSessionUser", "x")))
        .hasMessageContaining("pgkill.excludeSessionUser");
    String properties = "<pgkill.excludeSessionUser>x</pgkill.excludeSessionUser>";
    assertThat(refusal(Build.withPom(directory, Build.pom(properties, ""))))
        .hasMessageContaining("pgkill.excludeSessionUser");
  }

  @Test
  void otherPluginsPropertiesAndTheVersionAreNotJudged() {
    String properties = "<pgkill.version>0.1.0</pgkill.version>";
    Build build =
        Build.withPom(directory, Build.pom(properties, ""))
            .property("pgkillish", "")
            .property("flyway.cleanDisabled", "");
    assertAccepted(build);
  }

  static Stream<Arguments> unknownElements() {
    String unknown = "<configuration><excludeSessionUser>x</excludeSessionUser></configuration>";
    String execution =
        "<executions><execution><id>mine</id><phase>validate</phase>"
            + "<goals><goal>terminate-sessions</goal></goals>"
            + unknown
            + "</execution></executions>";
    String managed = "<pluginManagement><plugins>%s</plugins></pluginManagement>";
    return Stream.of(
        arguments("plugin", Build.pom(unknown)),
        arguments("execution", Build.pom(execution)),
        arguments("pluginManagement", Build.pom("", managed.formatted(Build.plugin(unknown)))),
        arguments(
            "execution in pluginManagement",
            Build.pom(
                "",
                managed.formatted(Build.plugin(execution))
                    + "<plugins>"
                    + Build.plugin("")
                    + "</plugins>")),
        arguments(
            "execution, found by default-cli's own id",
            Build.pom(execution.replace("mine", "default-cli"))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unknownElements")
  void anUnknownElementIsRefusedWithTheNearestName(String where, String pom) {
    Build build = Build.withPom(directory, pom);
    boolean bound = where.startsWith("execution") && !where.contains("default-cli");
    InvalidParameter refusal = refusal(build, bound ? "mine" : "default-cli");
    assertThat(refusal)
        .hasMessage("parameter excludeSessionUser: no goal knows the element <excludeSessionUser>");
    assertThat(refusal.remedy()).contains("Did you mean excludeSessionUsers?");
  }

  @Test
  void anotherExecutionsElementsAreNotThisOnesBusiness() {
    String pom =
        Build.pom(
            "<executions><execution><id>other</id>"
                + "<configuration><excludeSessionUser>x</excludeSessionUser></configuration>"
                + "</execution></executions>");
    assertAccepted(Build.withPom(directory, pom));
  }

  @Test
  void anotherGoalsParameterInTheSharedConfigurationIsAccepted() {
    String pom = Build.pom("<configuration><sort>-age</sort><limit>5</limit></configuration>");
    assertAccepted(Build.withPom(directory, pom).property("pgkill.limit", "5"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ",", "a,,b", "a,", ",a", "a, ,b"})
  void aListPropertyWithAnEmptyPlaceIsRefused(String value) {
    InvalidParameter refusal =
        refusal(Build.withoutPom(directory).property("pgkill.excludeSessionUsers", value));
    assertThat(refusal)
        .hasMessage("parameter excludeSessionUsers: property pgkill.excludeSessionUsers" + EMPTY);
    assertThat(refusal.remedy()).contains(GIVE_A_VALUE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"url", "password", "queryPattern", "maxSessions", "dryRun", "timeout"})
  void aPropertyThatIsSetButEmptyIsRefused(String name) {
    assertThat(refusal(Build.withoutPom(directory).property("pgkill." + name, "")))
        .hasMessage("parameter " + name + ": property pgkill." + name + EMPTY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<excludeSessionUsers/>",
        "<excludeSessionUsers></excludeSessionUsers>",
        "<excludeSessionUsers> </excludeSessionUsers>",
        "<excludeSessionUsers>a,,b</excludeSessionUsers>",
        "<excludeSessionUsers><excludeSessionUser/></excludeSessionUsers>",
        "<excludeSessionUsers><excludeSessionUser>a</excludeSessionUser><excludeSessionUser/>"
            + "</excludeSessionUsers>"
      })
  void anEmptyElementIsRefused(String element) {
    String pom = Build.pom("<configuration>" + element + "</configuration>");
    assertThat(refusal(Build.withPom(directory, pom)))
        .hasMessage("parameter excludeSessionUsers: element <excludeSessionUsers>" + EMPTY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/^a{1,3}$/", "/a,,b/", "/,/"})
  void aCommaInAnItemOfItsOwnSeparatesNothing(String pattern) {
    String pom =
        Build.pom(
            "<configuration><applicationNames><name>"
                + pattern
                + "</name></applicationNames></configuration>");
    assertAccepted(Build.withPom(directory, pom));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<excludeSessionUsers>${env.NOT_SET_ANYWHERE}</excludeSessionUsers>",
        "<excludeSessionUsers>${env.NOT_SET_ANYWHERE},bob</excludeSessionUsers>",
        "<excludeSessionUsers><u>bob</u><u>${env.NOT_SET_ANYWHERE}</u></excludeSessionUsers>"
      })
  void aVariableOfThePomThatIsNotSetIsRefused(String element) {
    String pom = Build.pom("<configuration>" + element + "</configuration>");
    assertThat(refusal(Build.withPom(directory, pom)))
        .hasMessage(
            "parameter excludeSessionUsers: element <excludeSessionUsers> has a variable without a"
                + " value: ${env.NOT_SET_ANYWHERE}");
  }

  @Test
  void aVariableOfAProjectPropertyThatIsNotSetIsRefused() {
    String properties =
        "<pgkill.excludeSessionUsers>${env.NOT_SET_ANYWHERE}</pgkill.excludeSessionUsers>";
    assertThat(refusal(Build.withPom(directory, Build.pom(properties, ""))))
        .hasMessage(
            "parameter excludeSessionUsers: property pgkill.excludeSessionUsers has a variable"
                + " without a value: ${env.NOT_SET_ANYWHERE}");
  }

  @Test
  void aVariableThatIsSetIsAccepted() {
    String pom =
        Build.pom(
            "<configuration><excludeSessionUsers>${env.SPARED}</excludeSessionUsers>"
                + "</configuration>");
    assertAccepted(Build.withPom(directory, pom).systemProperty("env.SPARED", "bob,eve"));
    assertThat(refusal(Build.withPom(directory, pom).systemProperty("env.SPARED", "")))
        .hasMessage("parameter excludeSessionUsers: element <excludeSessionUsers>" + EMPTY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"password", "url"})
  void aSecretIsNotRepeatedForItsVariableThatIsNotSet(String name) {
    String value = "jdbc:postgresql://h/db?password=hunter2${hunter2}&user=${env.NOT_SET}";
    assertThat(refusal(Build.withoutPom(directory).property("pgkill." + name, value)))
        .hasMessage(
            "parameter " + name + ": property pgkill." + name + " has a variable without a value");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dryRun", "skip", "cancelFirst", "failIfDatabaseMissing"})
  void aFlagThatMavenWouldTakeForFalseIsRefused(String name) {
    assertThat(refusal(Build.withoutPom(directory).property("pgkill." + name, "yes")))
        .hasMessage(
            "parameter " + name + ": property pgkill." + name + " is 'yes', neither true nor false")
        .satisfies(
            refusal ->
                assertThat(((InvalidParameter) refusal).remedy()).contains("Write true or false."));
    String pom = Build.pom("<configuration><%s>yes</%s></configuration>".formatted(name, name));
    assertThat(refusal(Build.withPom(directory, pom)))
        .hasMessageContaining("element <" + name + "> is 'yes', neither true nor false");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "TRUE", "false"})
  void aFlagIsTrueOrFalseInAnyCase(String value) {
    assertAccepted(Build.withoutPom(directory).property("pgkill.dryRun", value));
  }

  @Test
  void theCommandLineReplacesWhatIsWrongInTheProject() {
    String properties = "<pgkill.excludeSessionUsers></pgkill.excludeSessionUsers>";
    assertAccepted(
        Build.withPom(directory, Build.pom(properties, ""))
            .property("pgkill.excludeSessionUsers", "bob"));
  }

  @Test
  void ofTwoSourcesTheOneThatMavenTakesIsJudged() {
    // MAVEN_OPTS beats the project's properties
    String properties = "<pgkill.dryRun>true</pgkill.dryRun>";
    assertThat(
            refusal(
                Build.withPom(directory, Build.pom(properties, ""))
                    .systemProperty("pgkill.dryRun", "yes")))
        .hasMessageContaining("is 'yes'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<dryRun>false</dryRun>",
        "<states>idle</states>",
        "<states><state>idle</state></states>"
      })
  void anElementThatContradictsTheCommandLineIsRefused(String element) {
    String name = element.substring(1, element.indexOf('>'));
    Build build =
        Build.withPom(directory, Build.pom("<configuration>" + element + "</configuration>"))
            .property("pgkill." + name, name.equals("dryRun") ? "true" : "active");
    InvalidParameter refusal = refusal(build);
    assertThat(refusal)
        .hasMessage(
            "parameter "
                + name
                + ": property pgkill."
                + name
                + " and the POM's element <"
                + name
                + "> say different things, and Maven would ignore one of them");
    assertThat(refusal.remedy())
        .contains(
            "Drop one of them, or write the element as <properties><pgkill."
                + name
                + "> in the POM: the command line wins over that.");
  }

  @Test
  void anElementMayOverruleAPropertyOfThePom() {
    String properties = "<pgkill.timeout>1m</pgkill.timeout>";
    String plugins = "<plugins>%s</plugins>";
    String literal = "<configuration><timeout>2m</timeout></configuration>";
    assertAccepted(
        Build.withPom(directory, Build.pom(properties, plugins.formatted(Build.plugin(literal)))));
  }

  @Test
  void aListWithItemsBesideAPropertyOfThePomIsRefused() {
    // Maven 3 would take the property, Maven 4 the list
    String properties = "<pgkill.excludeSessionUsers>eve</pgkill.excludeSessionUsers>";
    String plugins = "<plugins>%s</plugins>";
    String list =
        "<configuration><excludeSessionUsers><u>bob</u></excludeSessionUsers></configuration>";
    assertThat(
            refusal(
                Build.withPom(
                    directory, Build.pom(properties, plugins.formatted(Build.plugin(list))))))
        .hasMessageContaining("<excludeSessionUsers> say different things");
  }

  @Test
  void aLiteralInThePomThatSaysTheSameAsTheCommandLineIsAccepted() {
    String pom =
        Build.pom(
            "<configuration><dryRun>true</dryRun>"
                + "<states><state>idle</state><state>active</state></states></configuration>");
    assertAccepted(
        Build.withPom(directory, pom)
            .property("pgkill.dryRun", "true")
            .property("pgkill.states", "idle,active"));
  }

  @Test
  void anElementThatNamesTheCommandLinesPropertyIsAccepted() {
    String pom = Build.pom("<configuration><states>${pgkill.states}</states></configuration>");
    assertAccepted(Build.withPom(directory, pom).property("pgkill.states", "idle"));
  }

  private static InvalidParameter refusal(Build build) {
    return refusal(build, "default-cli");
  }

  private static InvalidParameter refusal(Build build, String execution) {
    Build.Prepared prepared = prepare(build, execution);
    return catchThrowableOfType(InvalidParameter.class, prepared::check);
  }

  private static void assertAccepted(Build build) {
    assertThatCode(prepare(build, "default-cli")::check).doesNotThrowAnyException();
  }

  private static Build.Prepared prepare(Build build, String execution) {
    return build.prepare("terminate-sessions", execution, MojoExecution.Source.CLI, null);
  }
}
