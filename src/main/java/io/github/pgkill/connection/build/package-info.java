/** What a build says of another tool, and the connection found in it. */
@NullMarked
package io.github.pgkill.connection.build;

import org.jspecify.annotations.NullMarked;
