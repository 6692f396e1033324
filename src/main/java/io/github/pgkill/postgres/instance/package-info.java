/** The whole server: its processes, its settings, everybody who is connected. */
@NullMarked
package io.github.pgkill.postgres.instance;

import org.jspecify.annotations.NullMarked;
