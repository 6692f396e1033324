/** What stands in the way of an intention, and what removes it. */
@NullMarked
package io.github.pgkill.model.diagnose;

import org.jspecify.annotations.NullMarked;
