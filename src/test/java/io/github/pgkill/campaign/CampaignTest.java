package io.github.pgkill.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
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

  @TempDir Path directory;

  /** With {@code mvn verify -Pcampaign}; docs/campaign.md tells of the properties. */
  @Test
  @Tag("campaign")
  @EnabledIfSystemProperty(named = "campaign.minutes", matches = "\\d+")
  void forAsLongAsIsAskedFor() throws SQLException, IOException {
    assertThat(new Campaign(Campaign.Options.ofProperties(), System.out).play(directory)).isEmpty();
  }

  /** The same rounds each time; how many of them depends on the machine. */
  @Test
  @Tag("slow")
  void forTwoMinutes() throws SQLException, IOException {
    Campaign campaign =
        new Campaign(
            new Campaign.Options(
                Duration.ofSeconds(100), 1, 0, Integer.MAX_VALUE, HOLDING, 1),
            System.out);
    assertThat(campaign.play(directory)).isEmpty();
    assertThat(campaign.tally().of("rounds", "played")).isGreaterThan(5);
  }
}
