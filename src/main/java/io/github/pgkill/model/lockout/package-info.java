/** A closed database, how, by whom, and what was there before. */
@NullMarked
package io.github.pgkill.model.lockout;

import org.jspecify.annotations.NullMarked;
