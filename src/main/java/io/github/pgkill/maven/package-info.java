/** The goals: parameters in, Maven's log out. The only package that knows Maven. */
@NullMarked
package io.github.pgkill.maven;

import org.jspecify.annotations.NullMarked;
