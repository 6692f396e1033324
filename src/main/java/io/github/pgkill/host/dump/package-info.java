/** Dumps: the programs that write and read them, and the files. */
@NullMarked
package io.github.pgkill.host.dump;

import org.jspecify.annotations.NullMarked;
