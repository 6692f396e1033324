/** Dropping a database, and putting a new one in its place. */
@NullMarked
package io.github.pgkill.job.drop;

import org.jspecify.annotations.NullMarked;
