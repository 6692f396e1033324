package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.maven.goal.MigrationToolsBuild.Module;
import io.github.pgkill.maven.goal.MigrationToolsBuild.Surroundings;
import io.github.pgkill.maven.goal.MigrationToolsBuild.Tool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Asks the real plugins of Flyway and Liquibase, in a real Maven with a driver that records, what
 * they would open, and asks {@code connectionFrom} the same: the answer is the same, or a refusal.
 * For each version one build of the modules below, each with a peculiarity that some version has,
 * and one with random values in random places, where the environment and the command line have
 * some, too.
 */
@Tag("slow")
class MigrationToolsOracleTest {

  /** The same ones in each run, because the version is the seed: {@code -Dpgkill.cases=25}. */
  private static final int RANDOM_MODULES = Integer.getInteger("pgkill.cases", 12);

  /** What a generated module may be refused for. */
  private static final String REASONS =
      "(?s).*(a variable without a value|is set but empty|which it refuses|ignore serverId).*";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"6.5.7", "7.15.0", "8.5.13", "9.22.3", "10.22.0", "11.20.0", "12.11.0"})
  void flywaysConnectionIsTakenOrRefused(String version) throws Exception {
    check(new Tool("flyway", version), flyway(version.startsWith("11.")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.10.3", "4.33.0", "5.0.1"})
  void liquibasesConnectionIsTakenOrRefused(String version) throws Exception {
    check(new Tool("liquibase", version), liquibase());
  }

  @ParameterizedTest
  @ValueSource(strings = {"4.2.0", "5.2.4"})
  void olderFlywaysHaveAnotherOrderAndAreRefused(String version) throws Exception {
    Tool tool = new Tool("flyway", version);
    Module module = new Module("old").configuration(url("old"));
    assertThat(
            new MigrationToolsBuild(directory, tool, Surroundings.none(), List.of(module))
                .taken(module)
                .refusal())
        .contains("does not follow Flyway's Maven plugin " + version);
    report(tool, 1);
  }

  /** For the table of what ran: {@code Matrix} looks for this line. */
  private static void report(Tool tool, int modules) {
    System.out.printf("%s %s: %d modules compared%n", tool.name(), tool.version(), modules);
  }

  private void check(Tool tool, List<Module> modules) throws Exception {
    MigrationToolsBuild tabulated =
        new MigrationToolsBuild(
            Files.createDirectory(directory.resolve("tabulated")),
            tool,
            Surroundings.none(),
            modules);
    Random random = new Random(tool.version().hashCode());
    Surroundings surroundings = surroundings(tool, random);
    List<Module> generated =
        Stream.generate(() -> generated(tool, random)).limit(RANDOM_MODULES).toList();
    MigrationToolsBuild random2 =
        new MigrationToolsBuild(
            Files.createDirectory(directory.resolve("generated")), tool, surroundings, generated);
    List<String> wrong = new ArrayList<>();
    compare(tabulated, modules, wrong);
    compare(random2, generated, wrong);
    assertThat(wrong).as("%s, with %s", tool, surroundings).isEmpty();
    report(tool, modules.size() + generated.size());
  }

  private static void compare(MigrationToolsBuild build, List<Module> modules, List<String> wrong)
      throws Exception {
    Map<String, Asked> opened = build.opened();
    int connected = 0;
    for (Module module : modules) {
      Asked tools = opened.getOrDefault(module.name(), Asked.nothing("the tool has failed"));
      Asked ours = build.taken(module);
      connected += ours.refusal().isEmpty() ? 1 : 0;
      boolean refused = !ours.refusal().isEmpty();
      boolean expected =
          module.refused() == null
              ? !refused
                  || !tools.refusal().isEmpty()
                  || ours.refusal().matches(REASONS) && module.random()
              : ours.refusal().contains(module.refused());
      if (!refused && !ours.equals(tools) || !expected) {
        wrong.add(module.name() + ":\n  the tool: " + tools + "\n  we: " + ours + "\n  " + module);
      }
    }
    assertThat(connected).as("modules that both connect").isGreaterThan(modules.size() / 3);
  }

  private static String url(String name) {
    return "<url>jdbc:postgresql://" + name + ".example:5433/" + name + "</url>";
  }

  private static String conf(String name) {
    return "flyway.url=jdbc:postgresql://" + name + ".example/" + name + "\n";
  }

  private static List<Module> flyway(boolean ignoresServerId) {
    String ignored = ignoresServerId ? "ignore serverId" : null;
    return List.of(
        new Module("plugin").configuration(url("a") + "<user>u</user><password>p</password>"),
        new Module("url-in-the-url")
            .configuration("<url>jdbc:postgresql://a/b?user=x&amp;password=y</url><user>u</user>"),
        new Module("execution-beside-the-plugin")
            .configuration(url("plugin") + "<user>plugin</user>")
            .execution("one", url("execution")),
        new Module("several-that-differ")
            .execution("one", url("first"))
            .execution("two", url("second"))
            .refused("connect differently: one, two"),
        new Module("several-the-first-named")
            .execution("one", url("first"))
            .execution("two", url("second") + "<user>u2</user>")
            .named("one"),
        new Module("several-the-second-named")
            .execution("one", url("first") + "<user>u1</user>")
            .execution("two", url("second"))
            .named("two"),
        new Module("no-such-execution")
            .execution("one", url("first"))
            .runs("one")
            .asks("three")
            .refused("There are: one"),
        new Module("several-that-agree")
            .configuration(url("same"))
            .execution("one", "<user>u</user>")
            .execution("two", "<user>u</user>"),
        new Module("properties-win-over-the-plugin")
            .configuration(url("plugin"))
            .property("flyway.url", "jdbc:postgresql://property/p"),
        new Module("set-by-an-earlier-plugin")
            .configuration("<url>jdbc:postgresql://${late.host}:${late.port}/x</url>")
            .later("late.host", "found.example")
            .later("late.port", "5555"),
        new Module("unset-in-the-user")
            .configuration(url("a") + "<user>x${never.set}</user>")
            .refused("user of flyway in execution it has a variable without a value: ${never.set}"),
        new Module("unset-in-the-database")
            .configuration("<url>jdbc:postgresql://h/${never.set}</url>")
            .refused("${never.set}"),
        new Module("unset-in-the-password")
            .configuration(url("a") + "<user>u</user><password>${never.set}x</password>")
            .refused("password of flyway"),
        new Module("unset-but-overruled")
            .configuration("<url>jdbc:postgresql://h/${never.set}</url>")
            .property("flyway.url", "jdbc:postgresql://property/p"),
        new Module("a-file-beside-the-pom")
            .file("flyway.conf", conf("beside"))
            .refused("configures no url"),
        new Module("a-file")
            .configuration(
                url("plugin") + "<configFiles><configFile>db/a.conf</configFile></configFiles>")
            .file("db/a.conf", conf("file") + "flyway.user = f \nflyway.password=a\\b\\u0041\n"),
        new Module("two-files")
            .configuration(
                "<configFiles><configFile>a.conf</configFile><configFile>b.conf</configFile></configFiles>")
            .file("a.conf", conf("first") + "flyway.user=first")
            .file("b.conf", conf("second")),
        new Module("a-file-that-a-property-names")
            .property("flyway.configFiles", "a.conf , b.conf")
            .configuration("<configFiles><configFile>c.conf</configFile></configFiles>")
            .file("a.conf", conf("first"))
            .file("b.conf", "flyway.user=b")
            .file("c.conf", conf("third")),
        new Module("a-file-that-is-missing")
            .configuration(url("plugin") + "<configFiles>no.conf</configFiles>")
            .refused("no.conf cannot be read"),
        new Module("a-mark-of-byte-order")
            .configuration("<configFiles>a.conf</configFiles>")
            .file("a.conf", "\ufeff" + conf("bom")),
        new Module("another-encoding")
            .configuration(
                "<configFiles>a.conf</configFiles><configFileEncoding>UTF-16</configFileEncoding>")
            .file16("a.conf", conf("wide")),
        new Module("variables-in-a-file")
            .configuration("<configFiles>a.conf</configFiles>")
            .file("a.conf", conf("${ORACLE_HOST}") + "flyway.user=${ORACLE_USER}"),
        new Module("variables-that-are-not-set")
            .configuration("<configFiles>a.conf</configFiles>")
            .file("a.conf", conf("x") + "flyway.user=${ORACLE_NEVER}")
            .refused("is set but empty"),
        new Module("continued-lines")
            .configuration("<configFiles>a.conf</configFiles>")
            .file("a.conf", "flyway.locations=filesystem:a,\\\n  filesystem:b\n" + conf("after")),
        new Module("a-continued-line-before-ours")
            .configuration("<configFiles>a.conf</configFiles>")
            .file("a.conf", "flyway.placeholders.a=b\\\n" + conf("after")),
        new Module("a-working-directory")
            .configuration(
                "<workingDirectory>sub</workingDirectory><configFiles>../a.conf</configFiles>")
            .property("flyway.configFiles", "a.conf")
            .file("a.conf", conf("base"))
            .file("sub/a.conf", conf("working")),
        new Module("a-server-of-the-settings")
            .configuration(url("a") + "<serverId>oracle-db</serverId><password>beside</password>")
            .refused(ignored),
        new Module("a-server-and-a-user-in-a-file")
            .configuration(
                url("a") + "<serverId>oracle-db</serverId><configFiles>a.conf</configFiles>")
            .file("a.conf", "flyway.user=file")
            .refused(ignored),
        new Module("a-server-and-a-user")
            .configuration(url("a") + "<serverId>oracle-db</serverId><user>u</user>")
            .refused(ignoresServerId ? ignored : "which it refuses"),
        new Module("an-empty-user")
            .configuration(url("a") + "<user>u</user>")
            .property("flyway.user", "")
            .refused("user of flyway in the properties of the POM is set but empty"),
        new Module("toml")
            .configuration(url("a") + "<configFiles>flyway.toml</configFiles>")
            .file("flyway.toml", "[environments.default]\nurl = \"jdbc:postgresql://toml/t\"\n")
            .refused("TOML"),
        new Module("toml-unasked")
            .configuration(url("a"))
            .file("flyway.toml", "[environments.default]\nurl = \"jdbc:postgresql://toml/t\"\n"),
        new Module("properties-of-the-driver")
            .configuration(url("a") + "<jdbcProperties><user>d</user></jdbcProperties>")
            .refused("does not follow"),
        new Module("nothing").refused("configures no url"));
  }

  private static List<Module> liquibase() {
    String file = "url=jdbc:postgresql://file.example/f\nusername=fu\npassword=fp\n";
    return List.of(
        new Module("plugin").configuration(url("a") + "<username>u</username>"),
        new Module("execution-beside-the-plugin")
            .configuration(url("plugin") + "<username>plugin</username>")
            .execution("one", url("execution")),
        new Module("several-that-differ")
            .execution("one", url("first"))
            .execution("two", url("second"))
            .refused("connect differently: one, two"),
        new Module("several-the-second-named")
            .execution("one", url("first") + "<username>u1</username>")
            .execution("two", url("second"))
            .named("two"),
        new Module("the-plugin-wins-over-properties")
            .configuration(url("plugin"))
            .property("liquibase.url", "jdbc:postgresql://property/p")
            .property("liquibase.username", "property"),
        new Module("set-by-an-earlier-plugin")
            .configuration("<url>jdbc:postgresql://${late.host}/x</url>")
            .later("late.host", "found.example"),
        new Module("a-property-of-an-earlier-plugin")
            .later("liquibase.url", "jdbc:postgresql://late/l"),
        new Module("unset")
            .configuration("<url>jdbc:postgresql://h/${never.set}</url>")
            .refused("${never.set}"),
        new Module("a-file")
            .configuration("<propertyFile>db/l.properties</propertyFile>")
            .file("db/l.properties", file),
        new Module("a-file-below-the-plugin")
            .configuration(url("a") + "<propertyFile>db/l.properties</propertyFile>")
            .file("db/l.properties", file),
        new Module("a-file-that-overrides")
            .configuration(
                url("a")
                    + "<propertyFile>l.properties</propertyFile>"
                    + "<propertyFileWillOverride>true</propertyFileWillOverride>")
            .file("l.properties", file),
        new Module("a-file-on-the-class-path")
            .configuration("<propertyFile>db/l.properties</propertyFile>")
            .file("target/classes/db/l.properties", file),
        new Module("a-file-by-its-place-in-target")
            .configuration("<propertyFile>target/classes/db/l.properties</propertyFile>")
            .file("target/classes/db/l.properties", file),
        new Module("a-file-by-its-whole-path")
            .configuration("<propertyFile>${project.basedir}/db/l.properties</propertyFile>")
            .file("db/l.properties", file),
        new Module("a-file-in-the-tests-classes")
            .configuration("<propertyFile>l.properties</propertyFile>")
            .file("target/test-classes/l.properties", file),
        new Module("a-file-in-two-places")
            .configuration("<propertyFile>l.properties</propertyFile>")
            .file("target/classes/l.properties", file)
            .file("l.properties", "url=jdbc:postgresql://other/o")
            .refused("is in ["),
        new Module("a-file-that-is-missing")
            .configuration(url("a") + "<propertyFile>no.properties</propertyFile>")
            .refused("is neither below"),
        new Module("a-file-with-the-class-paths-prefix")
            .configuration("<propertyFile>classpath:db/l.properties</propertyFile>")
            .file("target/classes/db/l.properties", file)
            .refused("begins with classpath:"),
        new Module("prefixed-keys-in-a-file")
            .configuration("<propertyFile>l.properties</propertyFile>")
            .file("l.properties", "liquibase.command.url=jdbc:postgresql://x/y\nliquibase.url=z\n")
            .refused("configures no url"),
        new Module("a-mark-of-byte-order")
            .configuration(url("a") + "<propertyFile>l.properties</propertyFile>")
            .file("l.properties", "\ufeffusername=bom\npassword=p"),
        new Module("an-accent")
            .configuration("<propertyFile>l.properties</propertyFile>")
            .file("l.properties", file.replace("fp", "f\u00e9p")),
        new Module("variables-in-a-file")
            .configuration("<propertyFile>l.properties</propertyFile>")
            .file("l.properties", "url=jdbc:postgresql://${ORACLE_HOST}/x")
            .refused("${ORACLE_HOST}"),
        new Module("a-server-of-the-settings")
            .configuration(url("a") + "<server>oracle-db</server><username>beside</username>"),
        new Module("a-server-that-is-not-there")
            .configuration(url("a") + "<server>nobodys</server><username>beside</username>"),
        new Module("properties-of-the-driver")
            .configuration(url("a") + "<driverPropertiesFile>d.properties</driverPropertiesFile>")
            .file("d.properties", "user=d")
            .refused("does not follow"),
        new Module("nothing").refused("configures no url"));
  }

  private static Surroundings surroundings(Tool tool, Random random) {
    Map<String, String> environment = new LinkedHashMap<>();
    Map<String, String> typed = new LinkedHashMap<>();
    for (String name : tool.settings()) {
      if (random.nextInt(4) == 0) {
        environment.put(tool.variable(name), value(tool, name, "environment", random));
      }
      if (random.nextInt(4) == 0) {
        typed.put(tool.name() + "." + name, value(tool, name, "typed", random));
      }
    }
    return new Surroundings(
        environment, typed, lines(tool, "home", random), lines(tool, "started", random));
  }

  private static Module generated(Tool tool, Random random) {
    Module module = new Module("random-" + Integer.toHexString(random.nextInt())).ofChance();
    module.configuration(elements(tool, "plugin", 2, random));
    if (random.nextInt(4) == 0) {
      module.execution("one", elements(tool, "execution", 3, random));
    }
    for (String name : tool.settings()) {
      if (random.nextInt(6) == 0) {
        module.property(tool.name() + "." + name, value(tool, name, "property", random));
      }
      if (random.nextInt(12) == 0) {
        module.later(tool.name() + "." + name, value(tool, name, "later", random));
      }
    }
    if (random.nextInt(2) == 0) {
      module.later("late", "late");
    }
    boolean flyway = tool.name().equals("flyway");
    if (random.nextInt(2) == 0) {
      module
          .file("one.conf", lines(tool, "one", random))
          .file("two.conf", lines(tool, "two", random));
      String names = flyway && random.nextBoolean() ? "one.conf,two.conf" : "one.conf";
      if (random.nextBoolean()) {
        module.property(flyway ? "flyway.configFiles" : "liquibase.propertyFile", names);
      } else if (flyway) {
        module.configuration("<configFiles>" + names + "</configFiles>");
      } else {
        module.configuration(
            "<propertyFile>"
                + names
                + "</propertyFile><propertyFileWillOverride>"
                + random.nextBoolean()
                + "</propertyFileWillOverride>");
      }
    }
    if (random.nextInt(6) == 0) {
      module.configuration(
          flyway ? "<serverId>oracle-db</serverId>" : "<server>oracle-db</server>");
    }
    return module;
  }

  private static String elements(Tool tool, String place, int inverse, Random random) {
    StringBuilder elements = new StringBuilder();
    for (String name : tool.settings()) {
      if (random.nextInt(inverse) > 0 || name.equals("url") && place.equals("plugin")) {
        String value = value(tool, name, place, random);
        elements.append("<%s>%s</%s>".formatted(name, value, name));
      }
    }
    return elements.toString();
  }

  private static String lines(Tool tool, String place, Random random) {
    StringBuilder lines = new StringBuilder(random.nextInt(5) == 0 ? "\ufeff# x\n" : "");
    String prefix = tool.name().equals("flyway") ? "flyway." : "";
    for (String name : tool.settings()) {
      if (random.nextInt(3) == 0) {
        lines
            .append(prefix + name + (random.nextBoolean() ? "=" : " : "))
            .append(value(tool, name, place, random) + "\n");
      }
    }
    return lines.toString();
  }

  private static String value(Tool tool, String name, String place, Random random) {
    String variable =
        switch (random.nextInt(12)) {
          case 0 -> "${late}";
          case 1 -> "${ORACLE_HOST}";
          default -> "";
        };
    boolean inPom = !place.matches("environment|typed|home|started|one|two");
    String addition = variable.equals("${late}") && !inPom ? "" : variable;
    if (name.equals("url")) {
      return "jdbc:postgresql://" + place + addition + ":6432/" + place + random.nextInt(9);
    }
    return random.nextInt(15) == 0 && !inPom ? "" : place + "-" + name + addition;
  }
}
