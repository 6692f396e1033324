package io.github.pgkill.model.lockout;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A running build, as others can recognise it.
 *
 * @param nonce random hexadecimal digits that no other build has; the first eight are its key
 * @param host name of the machine that it runs on, which several containers may share
 * @param pid process id of its JVM there
 * @param startedAt when that process began
 * @param mark of that process; null where the system tells none, and in records of old versions
 */
public record BuildIdentity(
    String nonce, String host, long pid, Instant startedAt, @Nullable ProcessMark mark) {

  /** Digits of the key that a nonce begins with. */
  private static final int KEY_DIGITS = 8;

  /** As records of the first format have it: with its key for a nonce, and no mark. */
  public BuildIdentity(int key, String host, long pid, Instant startedAt) {
    this(String.format("%08x", key), host, pid, startedAt, null);
  }

  /** The number under which it holds its advisory locks. */
  public int key() {
    return Integer.parseUnsignedInt(nonce.substring(0, KEY_DIGITS), 16);
  }

  /** Whether it is the same build. */
  public boolean is(BuildIdentity other) {
    return nonce.equals(other.nonce);
  }
}
