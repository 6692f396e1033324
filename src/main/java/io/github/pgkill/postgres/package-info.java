/** All that is said to the server. The only package that imports {@code java.sql}. */
@NullMarked
package io.github.pgkill.postgres;

import org.jspecify.annotations.NullMarked;
