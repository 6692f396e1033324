/** The goals, one class each, and what their configuration in a POM is made of. */
@NullMarked
package io.github.pgkill.maven.goal;

import org.jspecify.annotations.NullMarked;
