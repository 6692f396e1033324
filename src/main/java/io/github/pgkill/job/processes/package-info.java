/** Proving which process serves a session, and signalling it. */
@NullMarked
package io.github.pgkill.job.processes;

import org.jspecify.annotations.NullMarked;
