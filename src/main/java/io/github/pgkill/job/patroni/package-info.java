/** Patroni as far as the guards let anybody ask it: who its members are, who leads. */
@NullMarked
package io.github.pgkill.job.patroni;

import org.jspecify.annotations.NullMarked;
