/** This build among the processes of its host. */
@NullMarked
package io.github.pgkill.host.build;

import org.jspecify.annotations.NullMarked;
