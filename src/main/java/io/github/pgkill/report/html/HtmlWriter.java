package io.github.pgkill.report.html;

import java.io.IOException;
import java.io.Writer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes HTML that is well-formed XML too. There is no way to write markup but by elements, and no
 * way to write text but escaped, so that a query cannot become part of the page.
 */
final class HtmlWriter {

  private final Writer out;
  private final Deque<String> open = new ArrayDeque<>();

  HtmlWriter(Writer out) {
    this.out = out;
  }

  /** The declaration that every page starts with. */
  HtmlWriter doctype() throws IOException {
    out.write("<!DOCTYPE html>\n");
    return this;
  }

  /**
   * Starts an element.
   *
   * @param attributes names and values in turn
   */
  HtmlWriter open(String name, String... attributes) throws IOException {
    tag(name, attributes);
    out.write('>');
    open.push(name);
    return this;
  }

  /** Ends the element that was started last. */
  HtmlWriter close() throws IOException {
    out.write("</");
    out.write(open.pop());
    out.write('>');
    return this;
  }

  /** As {@link #close}, with a line break for who reads the source. */
  HtmlWriter end() throws IOException {
    close();
    out.write('\n');
    return this;
  }

  /** An element without content. */
  HtmlWriter empty(String name, String... attributes) throws IOException {
    tag(name, attributes);
    out.write("/>");
    return this;
  }

  /** An element with nothing but text in it. */
  HtmlWriter element(String name, String text, String... attributes) throws IOException {
    return open(name, attributes).text(text).close();
  }

  /** Text of ours, or text that needs no isolation. */
  HtmlWriter text(String text) throws IOException {
    HtmlText.escape(text, out);
    return this;
  }

  /**
   * Text of others, cut where it is very long: its direction must not reorder what stands beside
   * it.
   */
  HtmlWriter foreign(String text) throws IOException {
    return element("bdi", HtmlText.shown(text));
  }

  /** The text of a style sheet of ours, in which nothing is escaped; it must need no escaping. */
  HtmlWriter style(String css) throws IOException {
    if (css.indexOf('<') >= 0 || css.indexOf('&') >= 0) {
      throw new IllegalArgumentException("the style sheet holds < or &");
    }
    open("style");
    out.write(css);
    return end();
  }

  /** Ends the page; everything that was started must have ended. */
  void finish() throws IOException {
    if (!open.isEmpty()) {
      throw new IllegalStateException("not ended: " + open);
    }
    out.flush();
  }

  private void tag(String name, String... attributes) throws IOException {
    out.write('<');
    out.write(name);
    for (int i = 0; i < attributes.length; i += 2) {
      out.write(' ');
      out.write(attributes[i]);
      out.write("=\"");
      HtmlText.escape(attributes[i + 1], out);
      out.write('"');
    }
  }
}
