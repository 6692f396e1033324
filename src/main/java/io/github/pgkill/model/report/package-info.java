/** What a goal reports. */
@NullMarked
package io.github.pgkill.model.report;

import org.jspecify.annotations.NullMarked;
