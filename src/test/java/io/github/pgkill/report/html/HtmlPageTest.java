package io.github.pgkill.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Surroundings;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.report.text.ReportSamples;
import io.github.pgkill.report.text.Samples;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What a page is made of, without a browser; {@link HtmlBrowserTest} looks at it with one. */
class HtmlPageTest {

  private static final Set<String> ELEMENTS =
      Set.of(
          ("html head meta title link style body header main section nav footer h1 h2 h3 p ul ol li"
                  + " dl div dt dd a span strong small bdi code pre time table caption thead tbody"
                  + " tfoot tr th td details summary svg desc defs marker path line rect circle"
                  + " text tspan")
              .split(" "));

  private static final Set<String> ATTRIBUTES =
      Set.of(
          ("lang xmlns charset http-equiv content name rel href id class scope colspan datetime"
                  + " start tabindex role aria-label aria-labelledby aria-hidden width height x y"
                  + " x1 x2 y1 y2 cx cy r rx d text-anchor stroke-width vector-effect viewBox"
                  + " preserveAspectRatio refX refY markerWidth markerHeight orient marker-end")
              .split(" "));

  @Test
  void everyPageIsWellFormedAndMadeOfHarmlessElementsOnly() throws Exception {
    Random random = new Random(71);
    List<GoalReport> reports =
        new ArrayList<>(
            List.of(
                ReportSamples.everything(),
                ReportSamples.victims(300),
                ReportSamples.hostile(ReportSamples.HOSTILE)));
    for (int i = 0; i < 40; i++) {
      reports.add(ReportSamples.hostile(Samples.text(random)));
    }
    for (GoalReport report : reports) {
      Document page = page(report);
      assertHarmless(page);
      assertAccessible(page);
    }
  }

  @Test
  void hostileTextIsText() throws Exception {
    Document page = page(ReportSamples.hostile(ReportSamples.HOSTILE));
    List<String> texts = texts(page, "bdi");
    assertThat(texts).contains(ReportSamples.HOSTILE_SHOWN);
    assertThat(texts.stream().filter(ReportSamples.HOSTILE_SHOWN::equals).count())
        .isGreaterThan(20);
    assertThat(page.getElementsByTagName("script").getLength()).isZero();
    assertThat(page.getElementsByTagName("img").getLength()).isZero();
  }

  @Test
  void aLongQueryIsCutAndSaysSo() throws Exception {
    String query = "select '" + "\ud83d\ude00".repeat(500_000) + "'";
    StringWriter out = new StringWriter();
    new HtmlPage(out, ReportSamples.hostile(query)).write("x.json");
    assertThat(out.toString())
        .hasSizeLessThan(600_000)
        .contains("[cut here: 996,009 more characters are in the JSON report]");
    parse(out.toString());
  }

  @Test
  void thePolicyAllowsTheStyleSheetAndNothingElse() throws Exception {
    Document page = page(ReportSamples.everything());
    String policy = "";
    NodeList metas = page.getElementsByTagName("meta");
    for (int i = 0; i < metas.getLength(); i++) {
      Element meta = (Element) metas.item(i);
      if (meta.getAttribute("http-equiv").equals("Content-Security-Policy")) {
        policy = meta.getAttribute("content");
      }
    }
    String css = page.getElementsByTagName("style").item(0).getTextContent();
    String hash =
        Base64.getEncoder()
            .encodeToString(
                MessageDigest.getInstance("SHA-256").digest(css.getBytes(StandardCharsets.UTF_8)));
    assertThat(policy)
        .isEqualTo(
            "default-src 'none'; style-src 'sha256-"
                + hash
                + "'; img-src data:; base-uri 'none'; form-action 'none'");
    assertThat(css).doesNotContain("url(", "@import", "\r");
  }

  @Test
  void everyPartIsThere() throws Exception {
    Document page = page(ReportSamples.everything());
    assertThat(texts(page, "h2"))
        .containsExactly(
            "In the way",
            "From signal to gone",
            "Who waited for whom",
            "Before and after",
            "The lockout",
            "Also hit",
            "Prepared transactions",
            "Steps",
            "Statements",
            "Sessions",
            "What was asked for");
    String text = page.getDocumentElement().getTextContent();
    assertThat(text)
        .contains("1 session of database app survived and 1 was refused")
        .contains("9 sessions signalled: 8 gone, the slowest after 90ms; 1 still there")
        .contains("ROLLBACK PREPARED 'tx-4711';", "role ci has no REPLICATION")
        .contains("database app is open again", "opened again at")
        .contains("pg_dump --format=custom", "relation \"orders\" does not exist")
        .contains("backup tool")
        .contains("not selected and ended all the same", "call nightly()");
  }

  @Test
  void anEmptyReportSaysWhyAndNothingElse() throws Exception {
    GoalReport full = ReportSamples.everything();
    GoalReport broken =
        new GoalReport(
            "terminate",
            "0.1.0",
            "x",
            full.startedAt(),
            full.startedAt(),
            Duration.ZERO,
            Map.of(),
            null,
            null,
            null,
            List.of(),
            List.of(),
            List.of(),
            Surroundings.NONE,
            new Verdict(Verdict.Status.ERROR, "the server cannot be reached", List.of()));
    Document page = page(broken);
    assertThat(page.getDocumentElement().getTextContent())
        .contains("error", "the server cannot be reached")
        .doesNotContain("null");
    assertThat(texts(page, "h2")).containsExactly("What was asked for");
  }

  @Test
  void everyVictimIsInTheTimeLineAndInTheTable() throws Exception {
    Document page = page(ReportSamples.victims(5_000));
    int lines = 0;
    NodeList paths = page.getElementsByTagName("path");
    for (int i = 0; i < paths.getLength(); i++) {
      Element path = (Element) paths.item(i);
      if (path.getAttribute("class").startsWith("line ")) {
        lines += path.getAttribute("d").chars().filter(c -> c == 'M').count();
      }
    }
    assertThat(lines).isEqualTo(5_000);
    Set<String> pids = new HashSet<>();
    NodeList headers = page.getElementsByTagName("th");
    for (int i = 0; i < headers.getLength(); i++) {
      pids.add(headers.item(i).getTextContent());
    }
    List<String> victims =
        IntStream.range(10_000, 15_000).mapToObj(Integer::toString).collect(Collectors.toList());
    assertThat(pids.containsAll(victims)).isTrue();
    // few drawings, however many victims
    assertThat(page.getElementsByTagName("svg").getLength()).isLessThan(5);
  }

  @Test
  void noSecretIsInThePage() throws Exception {
    assertThat(html(ReportSamples.everything())).doesNotContain("hunter2", "keypass");
  }

  private static void assertHarmless(Document page) {
    NodeList elements = page.getElementsByTagName("*");
    for (int i = 0; i < elements.getLength(); i++) {
      Element element = (Element) elements.item(i);
      assertThat(ELEMENTS).contains(element.getTagName());
      for (int a = 0; a < element.getAttributes().getLength(); a++) {
        String name = element.getAttributes().item(a).getNodeName();
        assertThat(ATTRIBUTES).contains(name);
        String value = element.getAttribute(name);
        if (name.equals("href")) {
          assertThat(value).matches("#[a-z-]+|[A-Za-z0-9_.-]+|data:image/svg\\+xml,.*");
        }
      }
    }
  }

  /** Headings in order, names for drawings, captions and scopes for tables, unique ids. */
  private static void assertAccessible(Document page) {
    assertThat(page.getElementsByTagName("h1").getLength()).isEqualTo(1);
    assertThat(page.getElementsByTagName("main").getLength()).isEqualTo(1);
    Set<String> ids = new HashSet<>();
    NodeList elements = page.getElementsByTagName("*");
    for (int i = 0; i < elements.getLength(); i++) {
      Element element = (Element) elements.item(i);
      if (element.hasAttribute("id")) {
        assertThat(ids.add(element.getAttribute("id"))).as(element.getAttribute("id")).isTrue();
      }
    }
    for (int i = 0; i < elements.getLength(); i++) {
      Element element = (Element) elements.item(i);
      if (element.hasAttribute("aria-labelledby")) {
        assertThat(ids).contains(element.getAttribute("aria-labelledby").split(" "));
      }
      switch (element.getTagName()) {
        case "table" -> assertThat(element.getFirstChild().getNodeName()).isEqualTo("caption");
        case "th" -> assertThat(element.getAttribute("scope")).isIn("row", "col");
        default -> {}
      }
    }
  }

  private static List<String> texts(Document page, String tag) {
    List<String> texts = new ArrayList<>();
    NodeList found = page.getElementsByTagName(tag);
    for (int i = 0; i < found.getLength(); i++) {
      texts.add(found.item(i).getTextContent());
    }
    return texts;
  }

  static String html(GoalReport report) throws IOException {
    StringWriter out = new StringWriter();
    new HtmlPage(out, report).write("x.json");
    return out.toString();
  }

  private static Document page(GoalReport report) throws Exception {
    return parse(html(report));
  }

  /** The page is XML, too, so that a strict parser can judge it. */
  private static Document parse(String html) throws Exception {
    DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
    builder.setErrorHandler(null);
    return builder.parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
  }
}
