/** Lines for the log: tables, trees, progress, summaries. */
@NullMarked
package io.github.pgkill.report.console;

import org.jspecify.annotations.NullMarked;
