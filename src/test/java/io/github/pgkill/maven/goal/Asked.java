package io.github.pgkill.maven.goal;

import io.github.pgkill.connection.ConnectionRequest;
import io.github.pgkill.connection.ConnectionResolver;
import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.maven.build.BuildConnections;
import io.github.pgkill.maven.build.Credentials;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.value.Secret;
import java.util.Properties;
import org.apache.maven.settings.crypto.SettingsDecrypter;

/**
 * A connection that somebody asks for: another tool, or {@code connectionFrom}.
 *
 * @param refusal why there is none; empty when there is one
 */
record Asked(String server, String database, String user, String password, String refusal) {

  static Asked nothing(String why) {
    return new Asked("", "", "", "", why);
  }

  /** What that {@code connectionFrom} takes in a build, or why not. */
  static Asked by(
      String connectionFrom, Build.Prepared build, Environment environment, Properties system) {
    try {
      BuildConnection connection = connections(build, environment, system).read(connectionFrom);
      ConnectionSettings settings =
          new ConnectionResolver(environment)
              .resolve(ConnectionRequest.builder().buildConnection(connection).build())
              .settings();
      Secret password = settings.password();
      return new Asked(
          settings.server(),
          settings.database(),
          settings.user(),
          password == null ? "" : password.reveal(),
          "");
    } catch (PgkillException e) {
      return nothing(e.getMessage() + ". " + e.remedy().orElse(""));
    }
  }

  /** What reads the connections of a build. */
  static BuildConnections connections(
      Build.Prepared build, Environment environment, Properties system) {
    return new BuildConnections(
        build.session(),
        build.project(),
        build.execution(),
        new Credentials(
            build.session().getSettings(),
            Build.lookup(SettingsDecrypter.class),
            new RecordingLog(line -> {})),
        environment,
        system);
  }
}
