/** What holds on the primary of a cluster has to hold on its other nodes, too. */
@NullMarked
package io.github.pgkill.job.nodes;

import org.jspecify.annotations.NullMarked;
