/** Sessions, which are meant, and what became of them. */
@NullMarked
package io.github.pgkill.model.sessions;

import org.jspecify.annotations.NullMarked;
