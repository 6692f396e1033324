package io.github.pgkill.job.backup;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.Dialled;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The backup that a changing goal takes before anybody is touched, where it was asked for. */
public final class BackupFirst {

  private final @Nullable BackupOptions options;
  private final Console console;
  private final Journal journal;

  /**
   * A backup, or none.
   *
   * @param options how; null for none
   */
  public BackupFirst(@Nullable BackupOptions options, Console console, Journal journal) {
    this.options = options;
    this.console = console;
    this.journal = journal;
  }

  public boolean wanted() {
    return options != null;
  }

  /** Says what would be run. */
  public void rehearse(Admission admission, DatabaseInfo database) {
    if (options != null) {
      backup(admission, database, options).rehearse();
    }
  }

  /**
   * Takes it; what fails here stops the goal.
   *
   * @return remarks for the verdict
   */
  public List<String> run(Admission admission, DatabaseInfo database) {
    return options == null
        ? List.of()
        : List.of(backup(admission, database, options).take().remark());
  }

  private DatabaseBackup backup(Admission admission, DatabaseInfo database, BackupOptions how) {
    return new DatabaseBackup(
        admission.server(),
        Dialled.of(admission.server(), admission.settings(), admission.plan()),
        database,
        how,
        console,
        journal);
  }
}
