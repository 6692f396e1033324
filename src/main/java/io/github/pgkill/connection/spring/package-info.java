/** What Spring Boot would take from its application's configuration. */
@NullMarked
package io.github.pgkill.connection.spring;

import org.jspecify.annotations.NullMarked;
