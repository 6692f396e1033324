/** All that is said to the admin console of a connection pooler. */
@NullMarked
package io.github.pgkill.postgres.poolers;

import org.jspecify.annotations.NullMarked;
