package io.github.pgkill.benchmark.floor;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.postgresql.Driver;

/** Opens a connection with the driver's defaults and closes it: what any goal with JDBC costs. */
@Mojo(name = "connect", requiresProject = false, threadSafe = true)
public final class ConnectMojo extends AbstractMojo {

  /** Where to. */
  @Parameter(property = "benchmark.url", required = true)
  private String url;

  /** As whom. */
  @Parameter(property = "benchmark.user", required = true)
  private String user;

  @Override
  public void execute() throws MojoExecutionException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    try (Connection connection = new Driver().connect(url, properties)) {
      getLog().debug("connected to " + connection);
    } catch (SQLException e) {
      throw new MojoExecutionException(e.getMessage(), e);
    }
  }
}
