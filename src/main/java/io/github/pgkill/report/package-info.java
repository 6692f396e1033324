/** What happened, as console lines and JSON. */
@NullMarked
package io.github.pgkill.report;

import org.jspecify.annotations.NullMarked;
