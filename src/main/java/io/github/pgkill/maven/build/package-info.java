/** The build around a goal, with its credentials, its console and its end. */
@NullMarked
package io.github.pgkill.maven.build;

import org.jspecify.annotations.NullMarked;
