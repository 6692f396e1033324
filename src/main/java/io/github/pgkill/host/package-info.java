/** All that is said to the operating system. The only package that starts or signals a process. */
@NullMarked
package io.github.pgkill.host;

import org.jspecify.annotations.NullMarked;
