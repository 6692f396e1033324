/** Prepared transactions. */
@NullMarked
package io.github.pgkill.postgres.prepared;

import org.jspecify.annotations.NullMarked;
