/**
 * Where url, user and password come from: parameters, settings, environment, service file, pgpass.
 */
@NullMarked
package io.github.pgkill.connection;

import org.jspecify.annotations.NullMarked;
