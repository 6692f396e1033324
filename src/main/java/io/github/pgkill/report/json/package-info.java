/** The report as JSON. */
@NullMarked
package io.github.pgkill.report.json;

import org.jspecify.annotations.NullMarked;
