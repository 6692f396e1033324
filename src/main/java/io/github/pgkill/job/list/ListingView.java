package io.github.pgkill.job.list;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.text.PlainText;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.BlockingTree;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.console.ListingFile;
import io.github.pgkill.report.console.SessionCsv;
import io.github.pgkill.report.console.SessionTable;
import io.github.pgkill.report.json.JsonReport;
import io.github.pgkill.report.text.Wording;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Puts listings where the user wants them: into the log, one after the other, or into a file. */
final class ListingView {

  private final ListSessions.Display display;
  private final Console console;
  private final Journal journal;

  ListingView(ListSessions.Display display, Console console, Journal journal) {
    this.display = display;
    this.console = console;
    this.journal = journal;
  }

  /**
   * Shows one.
   *
   * @param look its number; 0 when it is the only one
   */
  void show(Listing listing, int look) {
    if (look > 0) {
      console.info(
          "look "
              + look
              + " at "
              + Instant.now().truncatedTo(ChronoUnit.SECONDS)
              + ": "
              + Wording.count(listing.sessions().size(), "session"));
    }
    Path output = display.output();
    if (output == null) {
      lines(listing).forEach(console::info);
    } else {
      ListingFile.write(output, text(listing));
      listing.besides().forEach(console::info);
      console.info(Wording.count(listing.sessions().size(), "session") + " written to " + output);
    }
    int more = listing.sessions().size() - rows(listing).size();
    if (display.format() == ListSessions.Format.CSV && more > 0) {
      console.warn(
          "... and "
              + more
              + " more, of "
              + listing.sessions().size()
              + ": -Dpgkill.limit="
              + listing.sessions().size()
              + " shows them all");
    }
  }

  private List<Session> rows(Listing listing) {
    return listing.sessions().subList(0, Math.min(display.rows(), listing.sessions().size()));
  }

  private List<String> lines(Listing listing) {
    return switch (display.format()) {
      case TABLE -> table(listing);
      case JSON -> json().lines().toList();
      case CSV -> {
        List<String> lines = new ArrayList<>(new SessionCsv(rows(listing)).lines());
        lines.addAll(listing.besides());
        yield lines;
      }
    };
  }

  private String text(Listing listing) {
    return switch (display.format()) {
      case TABLE -> String.join("\n", table(listing).stream().map(PlainText::line).toList()) + "\n";
      case JSON -> json();
      case CSV -> written(new SessionCsv(rows(listing))::write);
    };
  }

  private List<String> table(Listing listing) {
    List<Session> sessions = listing.sessions();
    List<String> lines = new ArrayList<>(listing.counts());
    if (sessions.isEmpty()) {
      lines.add("no session matches");
    }
    lines.addAll(
        SessionTable.listing(console.width(), display.rows()).lines(sessions, journal.server()));
    List<String> tree = new BlockingTree(console.width(), display.rows()).lines(sessions);
    if (!tree.isEmpty()) {
      lines.add("");
      lines.add("who blocks whom:");
      lines.addAll(tree);
    }
    lines.addAll(listing.besides());
    return lines;
  }

  private String json() {
    return written(out -> JsonReport.print(journal.report(), out));
  }

  private interface Text {
    void write(StringWriter out) throws IOException;
  }

  private static String written(Text text) {
    StringWriter out = new StringWriter();
    try {
      text.write(out);
    } catch (IOException e) {
      throw new PgkillError("cannot put the listing together (" + e + ")", null, e);
    }
    return out.toString();
  }
}
