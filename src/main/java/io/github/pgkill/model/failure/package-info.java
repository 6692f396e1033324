/** The one exception family, and what its members carry. */
@NullMarked
package io.github.pgkill.model.failure;

import org.jspecify.annotations.NullMarked;
