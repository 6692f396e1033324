/** A server's processes on this host, proven to be its own before one is signalled. */
@NullMarked
package io.github.pgkill.host.process;

import org.jspecify.annotations.NullMarked;
