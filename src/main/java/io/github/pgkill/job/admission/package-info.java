/**
 * The way in: guards before and after the connection, and the only place that opens one to change
 * something.
 */
@NullMarked
package io.github.pgkill.job.admission;

import org.jspecify.annotations.NullMarked;
