/** Strangers' text made safe to show, and what several renderers share. */
@NullMarked
package io.github.pgkill.report.text;

import org.jspecify.annotations.NullMarked;
