/** Real servers, stubborn clients and treacherous networks for tests, stories and the demo. */
package io.github.pgkill.testing;
