package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.SessionId;
import io.github.pgkill.postgres.core.Rows;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * What is known of locks at one look and judges sessions besides their filter.
 *
 * @param objects what {@code holdingLocksOn} stands for; empty when it does not filter
 * @param waited the sessions that were seen waiting for a lock, under {@code rootBlockersOnly}
 */
record LockCriteria(List<LockObject> objects, List<SessionId> waited) {

  static final LockCriteria NONE = new LockCriteria(List.of(), List.of());

  /** Binds the objects to two parameters of a statement, catalogs and numbers. */
  void bindObjects(PreparedStatement statement, int first) throws SQLException {
    Rows.array(statement, first, "int8", objects.stream().map(LockObject::catalog).toList());
    Rows.array(statement, first + 1, "int8", objects.stream().map(LockObject::number).toList());
  }
}
