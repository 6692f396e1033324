package io.github.pgkill.report.html;

import io.github.pgkill.model.report.Verdict;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * What every page of ours has around its content. The pages have no script and load nothing, and
 * their policy forbids both to whatever might get into them.
 */
final class HtmlFrame {

  /** By this a page is known as ours; nobody else's is ever overwritten. */
  static final String GENERATOR = "pgkill-maven-plugin";

  private static final String STYLE = style();

  private HtmlFrame() {}

  /** Begins the page, up to and with the start of its main part. */
  static HtmlWriter open(HtmlWriter html, String title, String icon) throws IOException {
    html.doctype().open("html", "lang", "en", "xmlns", "http://www.w3.org/1999/xhtml");
    html.open("head").empty("meta", "charset", "utf-8");
    html.empty("meta", "http-equiv", "Content-Security-Policy", "content", policy());
    html.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    html.empty("meta", "name", "color-scheme", "content", "light dark");
    html.empty("meta", "name", "generator", "content", GENERATOR);
    html.empty("meta", "name", "referrer", "content", "no-referrer");
    html.element("title", title);
    html.empty("link", "rel", "icon", "href", icon);
    html.style(STYLE);
    html.end().open("body");
    return html;
  }

  /** Ends the page. */
  static void close(HtmlWriter html) throws IOException {
    html.end().end().finish();
  }

  /** The word of a verdict as users read it. */
  static String word(Verdict.Status status) {
    return switch (status) {
      case SUCCESS -> "success";
      case FAILURE -> "failure";
      case ERROR -> "error";
      case DRY_RUN -> "dry run";
      case BLOCKED -> "blocked";
    };
  }

  /** What shows a verdict without colours. */
  static String sign(String word) {
    return switch (word) {
      case "success" -> "\u2713";
      case "failure" -> "\u2717";
      case "dry run" -> "\u25cb";
      default -> "!";
    };
  }

  /** The class under which the style sheet knows a verdict. */
  static String kind(String word) {
    return switch (word) {
      case "success" -> "ok";
      case "dry run" -> "info";
      case "blocked" -> "warn";
      default -> "bad";
    };
  }

  /** A browser's tab shows the verdict, too. */
  static String icon(String word) {
    String colour =
        switch (kind(word)) {
          case "ok" -> "1a7f37";
          case "info" -> "0969da";
          case "warn" -> "7d5200";
          default -> "cf222e";
        };
    return "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
        + "%3Ccircle cx='8' cy='8' r='8' fill='%23"
        + colour
        + "'/%3E%3Ctext x='8' y='12' text-anchor='middle' font-size='11' fill='white'%3E"
        + sign(word)
        + "%3C/text%3E%3C/svg%3E";
  }

  private static String policy() {
    return "default-src 'none'; style-src 'sha256-"
        + hash(STYLE)
        + "'; img-src data:; base-uri 'none'; form-action 'none'";
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** With the line ends that a browser hashes, whatever a checkout made of them. */
  private static String style() {
    try (InputStream in = HtmlFrame.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("report.css is not in the plugin");
      }
      return "\n" + new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
