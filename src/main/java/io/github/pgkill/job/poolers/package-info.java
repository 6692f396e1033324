/** Pausing the connection poolers before a database while it is closed. */
@NullMarked
package io.github.pgkill.job.poolers;

import org.jspecify.annotations.NullMarked;
