package io.github.pgkill.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MatrixTest {

  @TempDir Path target;

  @Test
  void everyReportCountsAndWhatHasNoneIsNamed() throws IOException {
    report("surefire-reports", "tests=\"3\" errors=\"1\" skipped=\"1\" failures=\"1\"", "");
    report("surefire-reports/postgres-10", "tests=\"2\" errors=\"0\" skipped=\"0\"", "");
    report("invoker-reports/maven-3.6.3", "tests=\"1\" failures=\"0\"", "");

    assertThat(Matrix.of(target, 15))
        .contains(
            "| PostgreSQL 10 | core tests | 2 | 0 | 0 | 1 |",
            "| PostgreSQL 15 | all tests | 3 | 2 | 1 | 1 |",
            "| PostgreSQL 16 | core tests | did not run: it takes -Pall-majors | | | |",
            "| JDK 25 | core tests | did not run: JAVA_HOME_25_X64 names no JDK | | | |",
            "| Maven 3.6.3 | core stories | 1 | 0 | 0 | 1 |",
            "| Flyway, Liquibase | connectionFrom | did not run: a slow test | | | |");
  }

  @Test
  void whatIsSkippedSaysWhy() throws IOException {
    report("surefire-reports", "tests=\"3\"", "<skipped message=\"no Chromium\"/>");
    report(
        "surefire-reports/postgres-18",
        "tests=\"3\"",
        "<skipped type=\"T\"><![CDATA[org.TestAbortedException: no pg_dump 18\n at]]></skipped>");

    assertThat(Matrix.of(target, 15)).contains("- 1 x no Chromium", "- 1 x no pg_dump 18");
  }

  @Test
  void versionsOfToolsAreThoseThatWereCompared() throws IOException {
    report(
        "surefire-reports",
        "name=\"io.github.pgkill.maven.goal.MigrationToolsOracleTest\" tests=\"2\"",
        "<system-out>flyway 9.22.3: 31 modules compared\n</system-out>");

    assertThat(Matrix.of(target, 15))
        .contains(
            "| Flyway 9.22.3 | what its own plugin opens, beside what connectionFrom takes"
                + " | 31 modules | | | |");
  }

  private void report(String directory, String attributes, String content) throws IOException {
    Path reports = Files.createDirectories(target.resolve(directory));
    Files.writeString(
        reports.resolve("TEST-some.xml"),
        "<testsuite xsi=\"x\" time=\"1.2\" " + attributes + ">" + content + "</testsuite>");
  }
}
