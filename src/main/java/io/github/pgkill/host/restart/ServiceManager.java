package io.github.pgkill.host.restart;

import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.host.HostCommand;
import java.nio.file.Path;
import java.util.Optional;

/** One way to restart a server: by what owns it on its host. */
public sealed interface ServiceManager
    permits Systemctl, SysvService, Brew, PgCtlCluster, PgCtl, Docker, OwnCommand {

  /**
   * Proves, as far as the method can see, that the command restarts this server and no other.
   *
   * @return what was found, in words
   * @throws PgkillException when it would restart something else
   */
  String prove();

  /** The command that restarts it. */
  HostCommand command();

  /**
   * The command that starts it again when the restart broke off half-way and it is down; empty
   * where only the user knows.
   */
  Optional<HostCommand> start();

  /** Where the server writes its messages if that is the method's to say. */
  default Optional<Path> log() {
    return Optional.empty();
  }
}
