/** What a changing goal is made of, and what goes through it. */
@NullMarked
package io.github.pgkill.job.phases;

import org.jspecify.annotations.NullMarked;
