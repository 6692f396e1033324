package io.github.pgkill.model.prepared;

import java.time.Duration;

/**
 * A row of {@code pg_prepared_xacts}: a transaction that outlived its session and holds what it
 * holds until somebody commits or rolls it back.
 *
 * @param gid its global identifier
 * @param owner the role that prepared it
 * @param database where it was prepared, the only place where it can be ended
 * @param transaction its transaction id, which with gid and time identifies it
 * @param prepared when it was prepared, as the server's own text
 * @param age how long ago
 * @param locks how many locks it holds beside the one on its own transaction id
 */
public record PreparedTransaction(
    String gid,
    String owner,
    String database,
    long transaction,
    String prepared,
    Duration age,
    int locks) {

  /** Whether it is the same one: another may have been prepared under the gid since. */
  public boolean is(PreparedTransaction other) {
    return gid.equals(other.gid)
        && transaction == other.transaction
        && prepared.equals(other.prepared);
  }
}
