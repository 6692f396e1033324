/**
 * All that is said to Patroni's REST, and what it answers: bounded in time and size, and judged as
 * what a stranger wrote.
 */
@NullMarked
package io.github.pgkill.patroni;

import org.jspecify.annotations.NullMarked;
