/** Databases as things that are made, dropped and swapped. */
@NullMarked
package io.github.pgkill.postgres.database;

import org.jspecify.annotations.NullMarked;
