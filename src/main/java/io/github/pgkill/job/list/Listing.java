package io.github.pgkill.job.list;

import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import java.util.ArrayList;
import java.util.List;

/**
 * One look at a database.
 *
 * @param counts who has the server's connections, in words
 * @param sessions those that match, in the order asked for
 * @param prepared its prepared transactions
 * @param lockouts the databases that are closed, this one first, in words
 * @param notes what else one may want to know
 */
record Listing(
    List<String> counts,
    List<Session> sessions,
    List<PreparedTransaction> prepared,
    List<String> lockouts,
    List<String> notes) {

  /** What there is besides sessions, one line each. */
  List<String> besides() {
    List<String> lines = new ArrayList<>();
    for (PreparedTransaction transaction : prepared) {
      lines.add(
          PreparedTransactions.described(transaction)
              + "; to end it, in this database, as "
              + transaction.owner()
              + ": "
              + PreparedTransactions.statement(transaction));
    }
    lines.addAll(lockouts);
    lines.addAll(notes);
    return lines;
  }
}
