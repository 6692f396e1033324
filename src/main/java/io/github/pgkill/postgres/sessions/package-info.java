/**
 * Sessions of a database: selecting, signalling, waiting for them, and the locks that they hold.
 */
@NullMarked
package io.github.pgkill.postgres.sessions;

import org.jspecify.annotations.NullMarked;
