/** The goals revoke-connect and restore-connect. */
@NullMarked
package io.github.pgkill.job.connect;

import org.jspecify.annotations.NullMarked;
