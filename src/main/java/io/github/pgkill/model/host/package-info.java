/** What is run on this machine, as restarts, commands, steps of the build's own, dumps. */
@NullMarked
package io.github.pgkill.model.host;

import org.jspecify.annotations.NullMarked;
