/** Closing and opening a database, and the record of it in the server. */
@NullMarked
package io.github.pgkill.postgres.lockout;

import org.jspecify.annotations.NullMarked;
