package io.github.pgkill.job.backup;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What to restore.
 *
 * @param dump the dump, or its manifest
 * @param pgDump the program whose pg_restore is taken, or its name on the path; null for {@code
 *     pg_dump}
 */
public record RestoreOptions(Path dump, @Nullable String pgDump) {}
