package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Refusal.Cause;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the grant that would have let us see and signal a session (PostgreSQL documentation,
 * "Server Signaling Functions": same role, a role whose privileges we have, or {@code
 * pg_signal_backend}; superusers' sessions only for superusers).
 *
 * @param role who we are
 * @param superuser whether we are a superuser
 * @param inherits whether it has {@code INHERIT}
 * @param inheritsByGrant whether each grant says for itself if it is inherited (PostgreSQL 16)
 * @param victimSuperuser whether the victim is a superuser
 * @param inheritsVictim whether we have the victim's privileges
 * @param mayBecomeVictim whether we may {@code SET ROLE} to the victim
 * @param sees whether we have the privileges of {@code pg_read_all_stats}
 * @param signals whether we have the privileges of {@code pg_signal_backend}
 * @param endsVacuums whether we may end autovacuum workers (PostgreSQL 18, {@code
 *     pg_signal_autovacuum_worker})
 * @param endsWorkers whether this release lets {@code pg_signal_backend} end processes without a
 *     role, as all did before CVE-2023-5870
 */
public record Refusals(
    String role,
    boolean superuser,
    boolean inherits,
    boolean inheritsByGrant,
    boolean victimSuperuser,
    boolean inheritsVictim,
    boolean mayBecomeVictim,
    boolean sees,
    boolean signals,
    boolean endsVacuums,
    boolean endsWorkers) {

  private static final String WITHOUT_ROLE =
      "Processes without a role are for superusers to signal; from PostgreSQL 18 members of"
          + " pg_signal_autovacuum_worker may end autovacuum workers.";

  /** What to grant or set so that we may signal this role's sessions. */
  static @Nullable String remedy(Connection connection, @Nullable String victim)
      throws SQLException {
    if (victim == null) {
      return WITHOUT_ROLE;
    }
    return facts(connection, victim).remedy(victim);
  }

  /** Why a session of this role, whose start time we may not see, is never signalled. */
  static Refusal hidden(Connection connection, @Nullable String victim) throws SQLException {
    return facts(connection, victim).hidden(victim);
  }

  private Refusal hidden(@Nullable String victim) {
    return new Refusal(
        Cause.HIDDEN,
        "role "
            + Identifiers.quote(role)
            + " may not see when the session began, so it could not be told from another one with"
            + " the same pid",
        victim == null ? grant(missing()) : remedy(victim));
  }

  /**
   * What the server would say if we asked it to end this session; empty where it would do so.
   * Processes without a role are a superuser's to signal, like a superuser's own.
   */
  public static Optional<Refusal> foreseen(Connection connection, Session session)
      throws SQLException {
    return Optional.ofNullable(foreseen(connection, List.of(session)).get(session));
  }

  /** The same for many at once: only those that the server would refuse, in the order given. */
  public static Map<Session, Refusal> foreseen(Connection connection, Collection<Session> sessions)
      throws SQLException {
    Map<Optional<String>, Refusals> facts = new HashMap<>();
    List<@Nullable String> victims = new ArrayList<>();
    sessions.stream().map(Session::user).distinct().forEach(victims::add);
    Rows.query(
        connection,
        Sql.named("sessions/refusal-facts"),
        statement -> statement.set("victims", "text", victims),
        row -> facts.put(Optional.ofNullable(row.getString("victim")), of(row)));
    Map<Session, Refusal> refused = new LinkedHashMap<>();
    for (Session session : sessions) {
      Refusals known = facts.get(Optional.ofNullable(session.user()));
      if (known != null) {
        known.refusal(session).ifPresent(refusal -> refused.put(session, refusal));
      }
    }
    return refused;
  }

  private Optional<Refusal> refusal(Session session) {
    String victim = session.user();
    if (!session.visible()) {
      return Optional.of(hidden(victim));
    }
    if (superuser || reaches(session)) {
      return Optional.empty();
    }
    String remedy = victim == null ? WITHOUT_ROLE : remedy(victim);
    return Optional.of(
        victim == null || victimSuperuser
            ? new Refusal(Cause.SUPERUSER_ONLY, "only a superuser may end it", remedy)
            : new Refusal(
                Cause.OTHER_ROLE,
                "role " + Identifiers.quote(role) + " may not end sessions of other roles",
                remedy));
  }

  private boolean reaches(Session session) {
    if (session.user() == null) {
      return (signals && endsWorkers)
          || (endsVacuums && "autovacuum worker".equals(session.backendType()));
    }
    return !victimSuperuser && (inheritsVictim || signals);
  }

  /** What to grant so that we may see, and signal, the sessions of every ordinary role. */
  static String grant(Connection connection) throws SQLException {
    Refusals facts = facts(connection, null);
    return facts.grant(facts.missing());
  }

  private static Refusals facts(Connection connection, @Nullable String victim)
      throws SQLException {
    return Rows.query(
            connection,
            Sql.named("sessions/refusal-facts"),
            statement -> statement.set("victims", "text", Collections.singletonList(victim)),
            Refusals::of)
        .get(0);
  }

  private static Refusals of(ResultSet row) throws SQLException {
    return new Refusals(
        row.getString("role"),
        row.getBoolean("superuser"),
        row.getBoolean("inherits"),
        row.getBoolean("inherits_by_grant"),
        row.getBoolean("victim_superuser"),
        row.getBoolean("inherits_victim"),
        row.getBoolean("may_become_victim"),
        row.getBoolean("may_see"),
        row.getBoolean("may_signal"),
        row.getBoolean("may_end_vacuums"),
        row.getBoolean("may_end_workers"));
  }

  private @Nullable String remedy(String victim) {
    if (victimSuperuser) {
      return "Only a superuser may end a superuser's session: connect as one, let the application"
          + " use an ordinary role, or spare it with excludeSessionUsers.";
    }
    if (missing().isEmpty()) {
      return null;
    }
    String grant = grant(missing());
    if (mayBecomeVictim && !inheritsVictim) {
      return "Role "
          + Identifiers.quote(role)
          + " is a member of "
          + Identifiers.quote(victim)
          + " without inheriting: set -Dpgkill.role="
          + victim
          + " or "
          + grant;
    }
    return sees ? grant + " or " + grant(List.of(Identifiers.quote(victim))) : grant;
  }

  private List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (!sees) {
      missing.add("pg_read_all_stats");
    }
    if (!signals) {
      missing.add("pg_signal_backend");
    }
    return missing;
  }

  /** A plain GRANT gives nothing to a role that does not inherit, or is a member already. */
  private String grant(List<String> roles) {
    String me = Identifiers.quote(role);
    String grant = "GRANT " + String.join(", ", roles) + " TO " + me;
    if (inheritsByGrant) {
      return grant + " WITH INHERIT TRUE;";
    }
    return (inherits ? "" : "ALTER ROLE " + me + " INHERIT; ") + grant + ";";
  }
}
