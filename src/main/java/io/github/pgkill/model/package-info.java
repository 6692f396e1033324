/** Records, sealed outcomes and the exception family. Imports nothing of ours. */
@NullMarked
package io.github.pgkill.model;

import org.jspecify.annotations.NullMarked;
