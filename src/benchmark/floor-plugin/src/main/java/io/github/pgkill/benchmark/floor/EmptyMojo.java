package io.github.pgkill.benchmark.floor;

import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugins.annotations.Mojo;

/** Does nothing: what is left is Maven. */
@Mojo(name = "empty", requiresProject = false, threadSafe = true)
public final class EmptyMojo extends AbstractMojo {

  @Override
  public void execute() {}
}
