/** Restarting a server, and proving that it did restart. */
@NullMarked
package io.github.pgkill.job.restart;

import org.jspecify.annotations.NullMarked;
