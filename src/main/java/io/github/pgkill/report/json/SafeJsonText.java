package io.github.pgkill.report.json;

import io.github.pgkill.model.text.PlainText;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;

/**
 * Writes as an escape what gson leaves as it is and a terminal would obey or hide, or a build
 * server take for a command ({@code ##vso[}): a report that is shown with {@code cat} must not be
 * an attack. Outside of strings JSON has none of these, so the meaning stays the same.
 */
final class SafeJsonText extends FilterWriter {

  private int before;

  SafeJsonText(Writer out) {
    super(out);
  }

  @Override
  public void write(int unit) throws IOException {
    boolean command = unit == '#' && before == '#';
    if (!command && (unit < 0x7F || !PlainText.treacherous(unit))) {
      out.write(unit);
    } else {
      out.write(String.format("\\u%04x", unit));
    }
    before = unit;
  }

  @Override
  public void write(char[] text, int from, int length) throws IOException {
    for (int i = from; i < from + length; i++) {
      write(text[i]);
    }
  }

  @Override
  public void write(String text, int from, int length) throws IOException {
    for (int i = from; i < from + length; i++) {
      write(text.charAt(i));
    }
  }
}
