package io.github.pgkill.maven.build;

import java.io.File;
import java.nio.file.Path;
import java.util.Set;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.project.MavenProject;
import org.jspecify.annotations.Nullable;

/** Where reports go: into {@code target}, unless that is about to be deleted or not there. */
public final class ReportDirectory {

  private static final Set<String> CLEAN_LIFECYCLE = Set.of("pre-clean", "clean", "post-clean");

  private ReportDirectory() {}

  public static Path of(
      @Nullable File configured,
      MavenSession session,
      @Nullable MavenProject project,
      MojoExecution execution) {
    if (configured != null) {
      return configured.toPath();
    }
    String phase = execution.getLifecyclePhase();
    boolean aboutToBeCleaned = phase != null && CLEAN_LIFECYCLE.contains(phase);
    if (project == null || project.getFile() == null || aboutToBeCleaned) {
      return Path.of(session.getExecutionRootDirectory(), ".pgkill", "reports");
    }
    return Path.of(project.getBuild().getDirectory(), "pgkill");
  }
}
