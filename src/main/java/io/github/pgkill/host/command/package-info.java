/** Finding a program and running it, never longer than it may take. */
@NullMarked
package io.github.pgkill.host.command;

import org.jspecify.annotations.NullMarked;
