/** What may be in the way of a database. */
@NullMarked
package io.github.pgkill.postgres.diagnose;

import org.jspecify.annotations.NullMarked;
