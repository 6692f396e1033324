/** Service managers: who owns a server on its host, and how each restarts it. */
@NullMarked
package io.github.pgkill.host.restart;

import org.jspecify.annotations.NullMarked;
