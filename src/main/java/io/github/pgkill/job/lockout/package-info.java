/** Closing a database to new connections, keeping it closed, and opening it exactly as it was. */
@NullMarked
package io.github.pgkill.job.lockout;

import org.jspecify.annotations.NullMarked;
