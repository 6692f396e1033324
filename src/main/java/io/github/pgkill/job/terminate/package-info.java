/**
 * Terminating the selected sessions until none is left and none comes back, and what belongs to it.
 */
@NullMarked
package io.github.pgkill.job.terminate;

import org.jspecify.annotations.NullMarked;
