/** Connecting, running statements, reading rows, quoting identifiers. Knows no other room. */
@NullMarked
package io.github.pgkill.postgres.core;

import org.jspecify.annotations.NullMarked;
