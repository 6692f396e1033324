/** How a parameter's text is checked and read. */
@NullMarked
package io.github.pgkill.maven.parameter;

import org.jspecify.annotations.NullMarked;
