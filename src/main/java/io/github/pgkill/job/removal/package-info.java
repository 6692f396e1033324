/** Dropping one database through the lock queue, and what interrupted builds left behind. */
@NullMarked
package io.github.pgkill.job.removal;

import org.jspecify.annotations.NullMarked;
