package io.github.pgkill.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * As whom the server's programs run. They refuse root, who is who containers and CI machines have.
 * There they run in a user namespace of their own, where root is nobody; where namespaces are
 * forbidden, as the real nobody.
 */
enum ServerUser {
  /** Whoever runs the tests. */
  OURSELVES,
  /** Root, seen as nobody by the programs. The files stay root's. */
  NAMESPACE("unshare", "--user", "--"),
  /** The user nobody, whom the data directory must belong to. */
  NOBODY("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");

  private final List<String> prefix;

  ServerUser(String... prefix) {
    this.prefix = List.of(prefix);
  }

  static ServerUser detect() {
    if (!"root".equals(System.getProperty("user.name"))) {
      return OURSELVES;
    }
    return Commands.succeeds(NAMESPACE.argv(List.of("true"))) ? NAMESPACE : NOBODY;
  }

  /** Whom the files of a server may belong to. */
  static ServerUser owner() {
    return "root".equals(System.getProperty("user.name")) ? NOBODY : OURSELVES;
  }

  List<String> argv(List<String> command) {
    List<String> argv = new ArrayList<>(prefix);
    argv.addAll(command);
    return List.copyOf(argv);
  }

  void own(Path directory) {
    if (this == NOBODY) {
      Commands.run(List.of("chown", "-R", "65534:65534", directory.toString()));
    }
  }
}
