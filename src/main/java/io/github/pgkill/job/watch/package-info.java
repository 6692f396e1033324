/**
 * Standing by: whoever blocks this build, or an awaited program, is terminated as soon as it does.
 */
@NullMarked
package io.github.pgkill.job.watch;

import org.jspecify.annotations.NullMarked;
