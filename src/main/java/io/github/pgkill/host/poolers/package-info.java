/** The process that outlives a build which was killed, to resume what it had paused. */
@NullMarked
package io.github.pgkill.host.poolers;

import org.jspecify.annotations.NullMarked;
