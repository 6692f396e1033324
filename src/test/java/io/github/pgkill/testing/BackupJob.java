package io.github.pgkill.testing;

import io.github.pgkill.job.backup.Backup;
import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** The goal {@code backup}, without Maven: what a test wants, and what it said. */
public final class BackupJob {

  private TestConnection connection;
  private BackupOptions options;
  private boolean dryRun;
  private final Journal journal = new Journal("backup", "test", "default-cli");
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private BackupJob(TestConnection connection, BackupOptions options) {
    this.connection = connection;
    this.options = options;
  }

  /** Of that database as the superuser. */
  public static BackupJob of(TestServer server, String database, Path directory, String pgDump) {
    return new BackupJob(TestConnection.to(server, database), BackupOptions.in(directory, pgDump));
  }

  /** The same of a server that another JVM has started. */
  public static BackupJob of(int port, String database, Path directory, String pgDump) {
    return new BackupJob(TestConnection.to(port, database), BackupOptions.in(directory, pgDump));
  }

  public BackupJob connection(UnaryOperator<TestConnection> change) {
    connection = change.apply(connection);
    return this;
  }

  public BackupJob patience(Duration lockWait, Duration stall) {
    options = new BackupOptions(options.directory(), options.pgDump(), lockWait, stall);
    return this;
  }

  public BackupJob dryRun() {
    dryRun = true;
    return this;
  }

  /** Runs it. */
  public GoalReport run() {
    new Backup(console(), journal)
        .run(new Backup.Request(connection.settings(), options, true, dryRun));
    return journal.report();
  }

  /** What the report would be now. */
  public GoalReport report() {
    return journal.report();
  }

  /** Everything that was said. */
  public String said() {
    return String.join("\n", lines);
  }

  private Console console() {
    return new RecordedConsole(lines);
  }
}
