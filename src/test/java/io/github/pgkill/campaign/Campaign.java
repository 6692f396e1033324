package io.github.pgkill.campaign;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Plays rounds until time is up. */
final class Campaign {

  /**
   * How long, and what.
   *
   * @param seed decides everything
   * @param replayed the only round to play, again and again; negative for one after the other
   * @param rounds at most so many
   * @param kinds what may happen
   * @param mostFaults after so many rounds with faults it stops
   */
  record Options(
      Duration time, long seed, int replayed, int rounds, Set<Kind> kinds, int mostFaults) {

    /** What {@code -Dcampaign.*} says. */
    static Options ofProperties() {
      int replayed = Integer.getInteger("campaign.round", -1);
      return new Options(
          Duration.ofMinutes(Long.getLong("campaign.minutes", 60)),
          Long.getLong("campaign.seed", System.nanoTime() % 1_000_000),
          replayed,
          Integer.getInteger("campaign.rounds", replayed < 0 ? Integer.MAX_VALUE : 1),
          Kind.parse(System.getProperty("campaign.kinds", "all")),
          Integer.getInteger("campaign.faults", 1));
    }
  }

  /** What all rounds share. */
  record Stage(
      World world, Workers workers, Path directory, Set<Kind> kinds, Tally tally, Habits habits) {}

  private final Options options;
  private final PrintStream out;
  private final Tally tally = new Tally();
  private final List<String> faults = new ArrayList<>();

  Campaign(Options options, PrintStream out) {
    this.options = options;
    this.out = out;
  }

  Tally tally() {
    return tally;
  }

  /** Plays and returns the stories of the rounds that went wrong. */
  List<String> play(Path directory) throws SQLException, IOException {
    Files.createDirectories(directory);
    long deadline = System.nanoTime() + options.time().toNanos();
    try (World world = new World(options.kinds());
        Workers workers = new Workers(directory)) {
      Stage stage = new Stage(world, workers, directory, options.kinds(), tally, new Habits());
      world.startAnew();
      for (int i = 0;
          i < options.rounds()
              && System.nanoTime() < deadline
              && faults.size() < options.mostFaults();
          i++) {
        play(stage, options.replayed() < 0 ? i : options.replayed());
      }
    }
    out.println("campaign, seed " + options.seed() + ", " + options.kinds() + "\n" + tally.table());
    return faults;
  }

  private void play(Stage stage, int number) throws SQLException {
    Round round = new Round(stage, options.seed(), number);
    List<String> wrong = new ArrayList<>();
    try {
      stage.world().tidyUp();
      wrong.addAll(round.play());
    } catch (AssertionError | RuntimeException | SQLException e) {
      java.io.StringWriter trace = new java.io.StringWriter();
      e.printStackTrace(new java.io.PrintWriter(trace, true));
      wrong.add(trace.toString());
    }
    tally.count("rounds", "played");
    if (!wrong.isEmpty()) {
      tally.count("rounds", "with faults");
      String fault =
          "FAULT in round %d; again: mvn verify -Pcampaign -Dcampaign.seed=%d -Dcampaign.round=%d\n  %s\n  %s"
              .formatted(
                  number,
                  options.seed(),
                  number,
                  String.join("\n  ", wrong),
                  String.join("\n  ", round.story()));
      out.println(fault);
      faults.add(fault);
      stage.world().startAnew();
    }
  }
}
