package io.github.pgkill.maven;

import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;

/**
 * Terminates the selected sessions of a database and proves them gone. The database stays open, so
 * that clients may come back afterwards.
 *
 * @since 0.1.0
 */
@Mojo(
    name = "terminate-sessions",
    defaultPhase = LifecyclePhase.PRE_INTEGRATION_TEST,
    requiresProject = false,
    threadSafe = true)
public final class TerminateSessionsMojo extends AbstractTerminationMojo {}
