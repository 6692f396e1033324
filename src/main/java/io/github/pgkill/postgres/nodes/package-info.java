/** What one node of a cluster says of replaying the other's write-ahead log. */
@NullMarked
package io.github.pgkill.postgres.nodes;

import org.jspecify.annotations.NullMarked;
