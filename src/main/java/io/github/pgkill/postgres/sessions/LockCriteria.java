package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.postgres.core.BoundStatement;
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

  /** Binds the objects as two arrays, catalogs and numbers. */
  void bindObjects(BoundStatement statement) throws SQLException {
    statement.set("lock_classes", "int8", objects.stream().map(LockObject::catalog).toList());
    statement.set("lock_objects", "int8", objects.stream().map(LockObject::number).toList());
  }
}
