/** What is in the way of a database, and whether this role could clear it. Changes nothing. */
@NullMarked
package io.github.pgkill.job.diagnose;

import org.jspecify.annotations.NullMarked;
