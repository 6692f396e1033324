/** Where a server is, how it is reached, and what may be touched there. */
@NullMarked
package io.github.pgkill.model.connection;

import org.jspecify.annotations.NullMarked;
