package io.github.pgkill.model.failure;

/**
 * Time is up while the server still executes DROP DATABASE. It is left to finish: nothing that
 * belongs to the database may be changed or undone meanwhile.
 */
public final class StillDropping extends PgkillFailure {

  private static final long serialVersionUID = 1L;

  public StillDropping(String what, String remedy) {
    super(what, remedy);
  }
}
