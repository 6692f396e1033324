/** Facts turned into English, and clocks. */
@NullMarked
package io.github.pgkill.job.words;

import org.jspecify.annotations.NullMarked;
