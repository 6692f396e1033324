/** Dumping a database before it is touched, and restoring a dump. */
@NullMarked
package io.github.pgkill.job.backup;

import org.jspecify.annotations.NullMarked;
