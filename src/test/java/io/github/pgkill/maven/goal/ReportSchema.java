package io.github.pgkill.maven.goal;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.github.pgkill.report.json.JsonReport;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** The published schema of the reports. */
final class ReportSchema {

  private static final JsonSchema SCHEMA = read();

  private ReportSchema() {}

  /** What is wrong with a report; nothing is when it is valid. */
  static List<String> violations(JsonNode report) {
    return SCHEMA.validate(report).stream().map(ValidationMessage::getMessage).toList();
  }

  private static JsonSchema read() {
    try (InputStream in = JsonReport.class.getResourceAsStream("report-2.schema.json")) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
