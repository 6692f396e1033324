package io.github.pgkill.model.failure;

/**
 * Where the server was that a goal had reached first, another one answers now: after a failover,
 * behind a forward that was moved, or the same one started anew by somebody else. Nothing was done
 * there.
 */
public final class AnotherServer extends PgkillFailure {

  private static final long serialVersionUID = 1L;

  public AnotherServer(String what, String remedy) {
    super(what, remedy);
  }
}
