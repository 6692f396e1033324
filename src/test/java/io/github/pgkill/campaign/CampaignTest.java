package io.github.pgkill.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Random goals on random databases, interrupted at random moments, with somebody beside who changes
 * them: whatever happens, afterwards everything is as it was, exactly.
 */
@DisabledOnOs(OS.WINDOWS)
class CampaignTest {

  private static final Set<Kind> HOLDING =
      EnumSet.of(Kind.SIGKILL, Kind.SIGTERM, Kind.SIGINT, Kind.CUT, Kind.NEIGHBOURS);

  /** A half-written file is only swept once it is certain that nobody writes it any more. */
  private static final Set<Kind> IN_CI = EnumSet.complementOf(EnumSet.of(Kind.LEFTOVERS));

  @TempDir Path directory;

  /** With {@code mvn verify -Pcampaign}; src/site/markdown/campaign.md tells of the properties. */
  @Test
  @Tag("campaign")
  @EnabledIfSystemProperty(named = "campaign.minutes", matches = "\\d+")
  void forAsLongAsIsAskedFor() throws SQLException, IOException {
    assertThat(new Campaign(Campaign.Options.ofProperties(), System.out).play(directory)).isEmpty();
  }

  /** The same rounds each time; how many of them depends on the machine. */
  @Test
  @Tag("slow")
  void forAMinute() throws SQLException, IOException {
    Campaign campaign =
        new Campaign(
            new Campaign.Options(Duration.ofSeconds(50), 1, -1, Integer.MAX_VALUE, IN_CI, 1),
            System.out);
    assertThat(campaign.play(directory)).isEmpty();
    assertThat(campaign.tally().of("rounds", "played")).isGreaterThan(2);
  }

  /** What all the rounds rely on. */
  @Test
  @Tag("slow")
  void whatNobodyShouldHaveDoneIsFound() throws SQLException {
    try (World world = new World(HOLDING)) {
      world.startAnew();
      SortedMap<Long, DatabaseImage> before = world.catalog().images();
      assertThat(faults(world, before)).isEmpty();
      for (String change :
          List.of(
              "grant create on database campaign_a to user_1",
              "alter database campaign_a connection limit 7",
              "alter database campaign_a allow_connections false",
              "alter database campaign_a is_template true",
              "alter database campaign_a set work_mem to '8MB'",
              "alter database campaign_a rename to other",
              "comment on database other is E'Caf\\351'",
              "create database another")) {
        world.server().execute(Catalog.RAW, change);
        assertThat(faults(world, before)).as(change).hasSize(1);
        before = world.catalog().images();
      }
      long dropped = before.values().stream().filter(named("other")).findFirst().get().oid();
      world.drop(before.get(dropped));
      assertThat(faults(world, before)).singleElement().asString().contains("is gone");
      Order drop = new Order(List.of(Order.DROP), Map.of("database", "other"));
      assertThat(faults(world, before, drop)).isEmpty();
      Report elsewhere = new Report(Order.DROP, dropped + 1, "failure");
      assertThat(
              new Expectation(before, List.of(), List.of(drop), List.of(elsewhere), HOLDING)
                  .faults(world.catalog().images()))
          .singleElement()
          .asString()
          .contains("is gone");
      world.server().execute("create database other");
      Order recreate = new Order(List.of(Order.RECREATE), Map.of("database", "other"));
      assertThat(faults(world, before, recreate))
          .singleElement()
          .asString()
          .contains("is not the like", "comment", "privileges", "connection limit");
    }
  }

  private static Predicate<DatabaseImage> named(String name) {
    return image -> image.name().equals(name);
  }

  private static List<String> faults(
      World world, SortedMap<Long, DatabaseImage> before, Order... orders) throws SQLException {
    return new Expectation(before, List.of(), List.of(orders), List.of(), HOLDING)
        .faults(world.catalog().images());
  }
}
