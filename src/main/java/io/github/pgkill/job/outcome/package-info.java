/** Who was selected, what became of each, and whether the promise holds. */
@NullMarked
package io.github.pgkill.job.outcome;

import org.jspecify.annotations.NullMarked;
