/** Measures this plugin beside what people use without it. Not part of the tests. */
package io.github.pgkill.benchmark;
