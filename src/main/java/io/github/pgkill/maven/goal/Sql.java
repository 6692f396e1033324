package io.github.pgkill.maven.goal;

/** {@code <sql>statements</sql>}, or with {@code <text>}, {@code <database>}, {@code <timeout>}. */
public final class Sql extends Step {

  /** The element's own text; Maven calls it. */
  public void set(String text) {
    setSql(text);
  }

  /** The statements, where the element says more than them. */
  public void setText(String text) {
    setSql(text);
  }
}
