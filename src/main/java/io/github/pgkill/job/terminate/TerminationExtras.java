package io.github.pgkill.job.terminate;

import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.job.watch.KeepClear;
import io.github.pgkill.model.host.BuildSteps;
import io.github.pgkill.model.prepared.PreparedRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a goal that terminates sessions does besides, where the user asks for it.
 *
 * @param backup how the database is backed up first; null for not at all
 * @param prepared which prepared transactions are rolled back; null for none
 * @param steps what the build itself does while the database is closed
 * @param escalation how processes are signalled when sessions survive; null not to
 * @param admitRoles roles that the user named as this build's own
 * @param keepClear where what is watched until the build ends is written down; null not to watch
 */
public record TerminationExtras(
    @Nullable BackupOptions backup,
    @Nullable PreparedRule prepared,
    BuildSteps steps,
    @Nullable KillOptions escalation,
    List<String> admitRoles,
    KeepClear.@Nullable Book keepClear) {

  /** Nothing of the kind. */
  public static final TerminationExtras NOTHING =
      new TerminationExtras(null, null, BuildSteps.NONE, null, List.of(), null);

  public TerminationExtras {
    admitRoles = List.copyOf(admitRoles);
  }

  /** How many connections of its own this takes at once: pg_dump has one, the watcher another. */
  int connections() {
    return backup == null && keepClear == null ? 0 : 1;
  }

  public TerminationExtras withBackup(@Nullable BackupOptions how) {
    return new TerminationExtras(how, prepared, steps, escalation, admitRoles, keepClear);
  }

  public TerminationExtras withPrepared(@Nullable PreparedRule which) {
    return new TerminationExtras(backup, which, steps, escalation, admitRoles, keepClear);
  }

  public TerminationExtras withEscalation(@Nullable KillOptions how) {
    return new TerminationExtras(backup, prepared, steps, how, admitRoles, keepClear);
  }
}
