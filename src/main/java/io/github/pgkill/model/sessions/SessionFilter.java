package io.github.pgkill.model.sessions;

import io.github.pgkill.model.connection.ClientAddress;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.model.value.RelationName;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions of the target database are meant. Filters are combined with AND, the values of one
 * filter with OR, and exclusions win; an empty list or null does not filter.
 *
 * @param sessionUsers roles that logged in
 * @param excludeSessionUsers roles whose sessions are spared
 * @param applicationNames names that clients gave themselves
 * @param excludeApplicationNames names whose sessions are spared
 * @param clientAddresses where clients come from
 * @param excludeClientAddresses clients from there are spared
 * @param states values of {@code pg_stat_activity.state}
 * @param queryPattern regular expression that the text of the current or last query matches
 * @param excludeQueryPattern sessions whose query text matches are spared
 * @param minSessionAge at least so long since the backend started
 * @param minTransactionAge at least so long since the transaction began; no transaction, no match
 * @param minQueryAge at least so long since the current or last query began
 * @param minStateAge at least so long in the present state
 * @param backendTypes values of {@code pg_stat_activity.backend_type}
 * @param pids process ids
 * @param holdingLocksOn only sessions that hold a lock on these, or on a part of them
 * @param rootBlockersOnly only sessions that others wait for and that wait for nobody
 * @param interruptMigrations whether sessions in the middle of a migration or an index build are
 *     victims like all others; otherwise they are spared
 */
public record SessionFilter(
    List<String> sessionUsers,
    List<String> excludeSessionUsers,
    List<NamePattern> applicationNames,
    List<NamePattern> excludeApplicationNames,
    List<ClientAddress> clientAddresses,
    List<ClientAddress> excludeClientAddresses,
    List<String> states,
    @Nullable String queryPattern,
    @Nullable String excludeQueryPattern,
    @Nullable Duration minSessionAge,
    @Nullable Duration minTransactionAge,
    @Nullable Duration minQueryAge,
    @Nullable Duration minStateAge,
    List<String> backendTypes,
    List<Integer> pids,
    List<RelationName> holdingLocksOn,
    boolean rootBlockersOnly,
    boolean interruptMigrations) {

  /** What is selected unless the user asks for something else. */
  public static final String CLIENT_BACKEND = "client backend";

  /** Every client's session. */
  public static final SessionFilter ALL_CLIENTS = builder().build();

  public SessionFilter {
    sessionUsers = List.copyOf(sessionUsers);
    excludeSessionUsers = List.copyOf(excludeSessionUsers);
    applicationNames = List.copyOf(applicationNames);
    excludeApplicationNames = List.copyOf(excludeApplicationNames);
    clientAddresses = List.copyOf(clientAddresses);
    excludeClientAddresses = List.copyOf(excludeClientAddresses);
    states = List.copyOf(states);
    backendTypes = backendTypes.isEmpty() ? List.of(CLIENT_BACKEND) : List.copyOf(backendTypes);
    pids = List.copyOf(pids);
    holdingLocksOn = List.copyOf(holdingLocksOn);
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * The parameters in use that need columns which the server hides from roles without {@code
   * pg_read_all_stats}.
   */
  public List<String> needingHiddenColumns() {
    Map<String, Boolean> used = new LinkedHashMap<>();
    used.put("clientAddresses", !clientAddresses.isEmpty());
    used.put("excludeClientAddresses", !excludeClientAddresses.isEmpty());
    used.put("states", !states.isEmpty());
    used.put("queryPattern", queryPattern != null);
    used.put("excludeQueryPattern", excludeQueryPattern != null);
    used.put("minSessionAge", minSessionAge != null);
    used.put("minTransactionAge", minTransactionAge != null);
    used.put("minQueryAge", minQueryAge != null);
    used.put("minStateAge", minStateAge != null);
    used.put("backendTypes", !backendTypes.equals(List.of(CLIENT_BACKEND)));
    used.values().removeIf(inUse -> !inUse);
    return List.copyOf(used.keySet());
  }

  /**
   * Whether a parameter asks what a session does, which the server knows of none whose {@code
   * track_activities} is off.
   */
  public boolean needsActivity() {
    return queryPattern != null
        || excludeQueryPattern != null
        || minTransactionAge != null
        || minQueryAge != null
        || minStateAge != null
        || (!states.isEmpty() && !states.contains("disabled"));
  }

  /** Collects a filter; what is not set does not filter. */
  public static final class Builder {
    private List<String> sessionUsers = List.of();
    private List<String> excludeSessionUsers = List.of();
    private List<NamePattern> applicationNames = List.of();
    private List<NamePattern> excludeApplicationNames = List.of();
    private List<ClientAddress> clientAddresses = List.of();
    private List<ClientAddress> excludeClientAddresses = List.of();
    private List<String> states = List.of();
    private @Nullable String queryPattern;
    private @Nullable String excludeQueryPattern;
    private @Nullable Duration minSessionAge;
    private @Nullable Duration minTransactionAge;
    private @Nullable Duration minQueryAge;
    private @Nullable Duration minStateAge;
    private List<String> backendTypes = List.of();
    private List<Integer> pids = List.of();
    private List<RelationName> holdingLocksOn = List.of();
    private boolean rootBlockersOnly;
    private boolean interruptMigrations;

    private Builder() {}

    public Builder sessionUsers(List<String> values) {
      sessionUsers = values;
      return this;
    }

    public Builder excludeSessionUsers(List<String> values) {
      excludeSessionUsers = values;
      return this;
    }

    public Builder applicationNames(List<NamePattern> values) {
      applicationNames = values;
      return this;
    }

    public Builder excludeApplicationNames(List<NamePattern> values) {
      excludeApplicationNames = values;
      return this;
    }

    public Builder clientAddresses(List<ClientAddress> values) {
      clientAddresses = values;
      return this;
    }

    public Builder excludeClientAddresses(List<ClientAddress> values) {
      excludeClientAddresses = values;
      return this;
    }

    public Builder states(List<String> values) {
      states = values;
      return this;
    }

    public Builder queryPattern(@Nullable String value) {
      queryPattern = value;
      return this;
    }

    public Builder excludeQueryPattern(@Nullable String value) {
      excludeQueryPattern = value;
      return this;
    }

    public Builder minSessionAge(@Nullable Duration value) {
      minSessionAge = value;
      return this;
    }

    public Builder minTransactionAge(@Nullable Duration value) {
      minTransactionAge = value;
      return this;
    }

    public Builder minQueryAge(@Nullable Duration value) {
      minQueryAge = value;
      return this;
    }

    public Builder minStateAge(@Nullable Duration value) {
      minStateAge = value;
      return this;
    }

    public Builder backendTypes(List<String> values) {
      backendTypes = values;
      return this;
    }

    public Builder pids(List<Integer> values) {
      pids = values;
      return this;
    }

    public Builder holdingLocksOn(List<RelationName> values) {
      holdingLocksOn = values;
      return this;
    }

    public Builder rootBlockersOnly(boolean value) {
      rootBlockersOnly = value;
      return this;
    }

    public Builder interruptMigrations(boolean value) {
      interruptMigrations = value;
      return this;
    }

    public SessionFilter build() {
      return new SessionFilter(
          sessionUsers,
          excludeSessionUsers,
          applicationNames,
          excludeApplicationNames,
          clientAddresses,
          excludeClientAddresses,
          states,
          queryPattern,
          excludeQueryPattern,
          minSessionAge,
          minTransactionAge,
          minQueryAge,
          minStateAge,
          backendTypes,
          pids,
          holdingLocksOn,
          rootBlockersOnly,
          interruptMigrations);
    }
  }
}
