package io.github.pgkill.model.failure;

/** A guard rail held: the goal refused before it touched anything. */
public final class GuardRefusal extends PgkillFailure {

  private static final long serialVersionUID = 1L;

  public GuardRefusal(String what, String remedy) {
    super(what, remedy);
  }
}
