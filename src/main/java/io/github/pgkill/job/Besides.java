package io.github.pgkill.job;

import io.github.pgkill.model.BuildSteps;
import io.github.pgkill.model.PreparedRule;
import org.jspecify.annotations.Nullable;

/**
 * What a goal that terminates sessions does besides, where the user asks for it.
 *
 * @param backup how the database is backed up first; null for not at all
 * @param prepared which prepared transactions are rolled back; null for none
 * @param steps what the build itself does while the database is closed
 * @param escalation how processes are signalled when sessions survive; null not to
 */
public record Besides(
    @Nullable BackupOptions backup,
    @Nullable PreparedRule prepared,
    BuildSteps steps,
    @Nullable KillOptions escalation) {

  /** Nothing of the kind. */
  public static final Besides NOTHING = new Besides(null, null, BuildSteps.NONE, null);

  public Besides withBackup(@Nullable BackupOptions how) {
    return new Besides(how, prepared, steps, escalation);
  }

  public Besides withPrepared(@Nullable PreparedRule which) {
    return new Besides(backup, which, steps, escalation);
  }

  public Besides withEscalation(@Nullable KillOptions how) {
    return new Besides(backup, prepared, steps, how);
  }
}
