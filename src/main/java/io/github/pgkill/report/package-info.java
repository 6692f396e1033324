/** What happened, as console lines, JSON and HTML. */
@NullMarked
package io.github.pgkill.report;

import org.jspecify.annotations.NullMarked;
