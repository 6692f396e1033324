/** What a server and its databases say of themselves. */
@NullMarked
package io.github.pgkill.model.server;

import org.jspecify.annotations.NullMarked;
