package io.github.pgkill.maven.build;

import io.github.pgkill.connection.environment.ServerCredentials;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.NearestName;
import io.github.pgkill.model.value.Secret;
import org.apache.maven.plugin.logging.Log;
import org.apache.maven.settings.Server;
import org.apache.maven.settings.Settings;
import org.apache.maven.settings.crypto.DefaultSettingsDecryptionRequest;
import org.apache.maven.settings.crypto.SettingsDecrypter;
import org.apache.maven.settings.crypto.SettingsDecryptionResult;

/** Reads a {@code <server>} of settings.xml, encrypted passwords included. */
public final class Credentials {

  private final Settings settings;
  private final SettingsDecrypter decrypter;
  private final Log log;

  public Credentials(Settings settings, SettingsDecrypter decrypter, Log log) {
    this.settings = settings;
    this.decrypter = decrypter;
    this.log = log;
  }

  /**
   * The credentials of this id.
   *
   * @throws InvalidParameter when settings.xml has no such server
   * @throws PgkillFailure when its password cannot be decrypted
   */
  public ServerCredentials of(String serverId) {
    return of("serverId", serverId);
  }

  /** The same for another parameter that names one. */
  public ServerCredentials of(String parameter, String serverId) {
    Server server = settings.getServer(serverId);
    if (server == null) {
      throw unknown(parameter, serverId);
    }
    SettingsDecryptionResult result =
        decrypter.decrypt(new DefaultSettingsDecryptionRequest(server));
    Server decrypted = result.getServer();
    String password = decrypted.getPassword();
    if (!result.getProblems().isEmpty()) {
      judgeUndecrypted(serverId, password);
    }
    return new ServerCredentials(
        serverId, decrypted.getUsername(), password == null ? null : new Secret(password));
  }

  /** Maven 3 reports a problem for a plain password with braces in it, too. */
  private void judgeUndecrypted(String serverId, String password) {
    if (password != null && password.startsWith("{") && password.endsWith("}")) {
      throw new PgkillFailure(
          "the password of server " + serverId + " in settings.xml could not be decrypted",
          "Is settings-security.xml where Maven looks for it? Encrypt the password anew with mvn"
              + " --encrypt-password.");
    }
    log.warn(
        "Maven could not decrypt the password of server "
            + serverId
            + " in settings.xml; it is used as it stands");
  }

  private InvalidParameter unknown(String parameter, String serverId) {
    return new InvalidParameter(
        parameter,
        "settings.xml has no server '" + serverId + "'",
        NearestName.of(serverId, settings.getServers().stream().map(Server::getId).toList())
            .map(nearest -> "Did you mean " + nearest + "?")
            .orElse("Add <server><id>" + serverId + "</id>... to it."));
  }
}
