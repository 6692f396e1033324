package io.github.pgkill.maven.goal;

/**
 * {@code <sqlFile>path</sqlFile>}, or with {@code <file>}, {@code <database>}, {@code <timeout>}.
 */
public final class SqlFile extends Step {

  /** The element's own text; Maven calls it. */
  public void set(String file) {
    setSqlFile(file);
  }

  /** The file, where the element says more than it. */
  public void setFile(String file) {
    setSqlFile(file);
  }
}
