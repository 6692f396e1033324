/** Showing who is connected. Changes nothing. */
@NullMarked
package io.github.pgkill.job.list;

import org.jspecify.annotations.NullMarked;
