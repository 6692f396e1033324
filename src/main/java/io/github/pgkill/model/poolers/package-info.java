/** What a connection pooler says of itself, and what of it is paused. */
@NullMarked
package io.github.pgkill.model.poolers;

import org.jspecify.annotations.NullMarked;
