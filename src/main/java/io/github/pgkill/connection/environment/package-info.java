/** What every source of a connection may ask of the process around it. */
@NullMarked
package io.github.pgkill.connection.environment;

import org.jspecify.annotations.NullMarked;
