/** URLs, service files and variables as libpq and the driver read them. */
@NullMarked
package io.github.pgkill.connection.libpq;

import org.jspecify.annotations.NullMarked;
