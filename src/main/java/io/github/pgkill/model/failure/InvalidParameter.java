package io.github.pgkill.model.failure;

/** A parameter whose value cannot be used. */
public final class InvalidParameter extends PgkillFailure {

  private static final long serialVersionUID = 1L;

  private final String parameter;

  /**
   * @param parameter the parameter's name as users type it, without {@code pgkill.}
   * @param problem what is wrong with its value; must not repeat a secret value
   * @param remedy what to type instead
   */
  public InvalidParameter(String parameter, String problem, String remedy) {
    super("parameter " + parameter + ": " + problem, remedy);
    this.parameter = parameter;
  }

  public String parameter() {
    return parameter;
  }
}
