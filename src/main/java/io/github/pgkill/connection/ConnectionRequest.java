package io.github.pgkill.connection;

import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.model.value.Secret;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the parameters say about the connection; null for what they do not say.
 *
 * @param url a JDBC URL or libpq URI; never printed, because it may hold a password
 * @param user the role to log in as
 * @param password its password
 * @param server the credentials that {@code serverId} names
 * @param database the database to clear
 * @param maintenanceDatabase where the plugin itself connects
 * @param role the role to {@code SET ROLE} to
 * @param connectTimeout bound on one attempt to connect; null leaves it to the URL, then 10 seconds
 * @param waitForServer how long to retry while a server is starting; zero for not at all
 * @param buildConnection what {@code connectionFrom} found
 * @param targetFromEnvironment whether service files, libpq's environment and its defaults may say
 *     which server and database is meant; false for the goals that drop
 * @param nodes the servers of the cluster whose sessions count, {@code host:port} each
 * @param poolers the consoles of the poolers before it
 */
public record ConnectionRequest(
    @Nullable String url,
    @Nullable String user,
    @Nullable Secret password,
    @Nullable ServerCredentials server,
    @Nullable String database,
    @Nullable String maintenanceDatabase,
    @Nullable String role,
    @Nullable Duration connectTimeout,
    Duration waitForServer,
    @Nullable BuildConnection buildConnection,
    boolean targetFromEnvironment,
    List<String> nodes,
    PoolerRequest poolers) {

  public ConnectionRequest {
    nodes = List.copyOf(nodes);
  }

  /** A request that says nothing yet. */
  public static Builder builder() {
    return new Builder();
  }

  /** Leaves the URL out: it may hold a password. */
  @Override
  public String toString() {
    return "ConnectionRequest[user=" + user + ", database=" + database + "]";
  }

  /** Collects a request; what is not set is not said. */
  public static final class Builder {
    private @Nullable String url;
    private @Nullable String user;
    private @Nullable Secret password;
    private @Nullable ServerCredentials server;
    private @Nullable String database;
    private @Nullable String maintenanceDatabase;
    private @Nullable String role;
    private @Nullable Duration connectTimeout;
    private Duration waitForServer = Duration.ZERO;
    private @Nullable BuildConnection buildConnection;
    private boolean targetFromEnvironment = true;
    private List<String> nodes = List.of();
    private PoolerRequest poolers = PoolerRequest.NONE;

    private Builder() {}

    public Builder url(@Nullable String value) {
      url = value;
      return this;
    }

    public Builder user(@Nullable String value) {
      user = value;
      return this;
    }

    public Builder password(@Nullable Secret value) {
      password = value;
      return this;
    }

    public Builder server(@Nullable ServerCredentials value) {
      server = value;
      return this;
    }

    public Builder database(@Nullable String value) {
      database = value;
      return this;
    }

    public Builder maintenanceDatabase(@Nullable String value) {
      maintenanceDatabase = value;
      return this;
    }

    public Builder role(@Nullable String value) {
      role = value;
      return this;
    }

    public Builder connectTimeout(@Nullable Duration value) {
      connectTimeout = value;
      return this;
    }

    public Builder waitForServer(Duration value) {
      waitForServer = value;
      return this;
    }

    public Builder buildConnection(@Nullable BuildConnection value) {
      buildConnection = value;
      return this;
    }

    public Builder targetFromEnvironment(boolean value) {
      targetFromEnvironment = value;
      return this;
    }

    public Builder nodes(List<String> value) {
      nodes = value;
      return this;
    }

    public Builder poolers(PoolerRequest value) {
      poolers = value;
      return this;
    }

    public ConnectionRequest build() {
      return new ConnectionRequest(
          url,
          user,
          password,
          server,
          database,
          maintenanceDatabase,
          role,
          connectTimeout,
          waitForServer,
          buildConnection,
          targetFromEnvironment,
          nodes,
          poolers);
    }
  }
}
