/** A Patroni cluster: where it is asked, and what it says of itself. */
@NullMarked
package io.github.pgkill.model.patroni;

import org.jspecify.annotations.NullMarked;
