/**
 * Ending sessions by way of their operating-system processes, with a connection or by process
 * titles alone.
 */
@NullMarked
package io.github.pgkill.job.kill;

import org.jspecify.annotations.NullMarked;
