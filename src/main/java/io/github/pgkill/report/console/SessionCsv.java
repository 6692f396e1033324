package io.github.pgkill.report.console;

import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.text.PlainText;
import io.github.pgkill.report.text.DisplayText;
import io.github.pgkill.report.text.SessionColumn;
import java.io.IOException;
import java.io.Writer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Sessions as CSV (RFC 4180) with a header, whose columns have the names of the JSON report. What
 * is absent is an empty field, an empty text is {@code ""}. Values are what they are, apart from
 * characters that a terminal obeys or hides: white space is a space there, others are told by their
 * number. An application name that begins with {@code =} stays one, so that whoever opens the file
 * in a spreadsheet must import such columns as text.
 */
public final class SessionCsv {

  private final List<Session> sessions;

  public SessionCsv(List<Session> sessions) {
    this.sessions = List.copyOf(sessions);
  }

  /** Writes them, lines ended by CR and LF as the RFC has it. */
  public void write(Writer out) throws IOException {
    out.write(header() + "\r\n");
    for (Session session : sessions) {
      out.write(record(session) + "\r\n");
    }
  }

  /**
   * The same for a log: one line per record, with white space collapsed and what a terminal would
   * obey made visible.
   */
  public List<String> lines() {
    List<String> lines = sessions.stream().map(SessionCsv::record).collect(Collectors.toList());
    lines.add(0, header());
    return lines.stream().map(DisplayText::clean).toList();
  }

  private static String header() {
    return joined(SessionColumn::property);
  }

  private static String record(Session session) {
    return joined(column -> field(column.value(session)));
  }

  private static String joined(Function<SessionColumn, String> field) {
    return Arrays.stream(SessionColumn.values()).map(field).collect(Collectors.joining(","));
  }

  private static String field(@Nullable Object value) {
    if (value == null || value.equals(List.of())) {
      return "";
    }
    String text = text(value);
    boolean plain = !text.isEmpty() && text.chars().noneMatch(c -> c == ',' || c == '"');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  private static String text(Object value) {
    if (value instanceof Duration duration) {
      return Long.toString(duration.toMillis());
    }
    return value instanceof List<?> many
        ? many.stream().map(String::valueOf).collect(Collectors.joining(" "))
        : cell(value.toString());
  }

  private static String cell(String text) {
    StringBuilder cell = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (PlainText.treacherous(c)) {
                cell.append(PlainText.space(c) ? " " : PlainText.named(c));
              } else {
                cell.appendCodePoint(c);
              }
            });
    return PlainText.withoutCommands(cell.toString());
  }
}
