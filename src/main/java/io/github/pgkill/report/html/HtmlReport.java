package io.github.pgkill.report.html;

import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.report.text.WholeFile;
import java.io.IOException;
import java.nio.file.Path;

/** The page of one execution beside its JSON report, and the index of all pages there. */
public final class HtmlReport {

  private HtmlReport() {}

  /**
   * Writes the page, under the name of the JSON report.
   *
   * @param json the JSON report of the same execution, already written
   * @return the page's file
   * @throws PgkillError when the file cannot be written
   */
  public static Path write(GoalReport report, Path json) {
    String name = json.getFileName().toString();
    Path page = json.resolveSibling(pageOf(name));
    try {
      WholeFile.write(page, out -> new HtmlPage(out, report).write(name));
      HtmlIndex.add(page.resolveSibling(HtmlIndex.NAME), ReportHead.of(report, name));
      return page;
    } catch (IOException e) {
      throw new PgkillError(
          "cannot write the report " + page + " (" + e + ")",
          "Set pgkill.reportDirectory to a directory that this user may write to.",
          e);
    }
  }

  /** The name of the page beside a JSON report. */
  static String pageOf(String json) {
    return json.substring(0, json.length() - ".json".length()) + ".html";
  }
}
