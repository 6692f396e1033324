/** The report as a page, and the index of all pages. */
@NullMarked
package io.github.pgkill.report.html;

import org.jspecify.annotations.NullMarked;
