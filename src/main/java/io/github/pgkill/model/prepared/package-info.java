/** Prepared transactions (two-phase commit). */
@NullMarked
package io.github.pgkill.model.prepared;

import org.jspecify.annotations.NullMarked;
