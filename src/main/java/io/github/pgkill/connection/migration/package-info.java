/** What the plugins of Flyway and Liquibase would open. */
@NullMarked
package io.github.pgkill.connection.migration;

import org.jspecify.annotations.NullMarked;
