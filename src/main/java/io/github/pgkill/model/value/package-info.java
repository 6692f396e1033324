/** Small values that know how they are written and read. */
@NullMarked
package io.github.pgkill.model.value;

import org.jspecify.annotations.NullMarked;
