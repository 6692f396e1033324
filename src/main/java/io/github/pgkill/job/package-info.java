/** One class per goal: the order of things and the safety rules. No SQL, no argv, no Maven. */
@NullMarked
package io.github.pgkill.job;

import org.jspecify.annotations.NullMarked;
