/** Texts that strangers wrote, made safe to show. */
@NullMarked
package io.github.pgkill.model.text;

import org.jspecify.annotations.NullMarked;
