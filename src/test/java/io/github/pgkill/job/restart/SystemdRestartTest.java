package io.github.pgkill.job.restart;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.RealSystemd;
import io.github.pgkill.testing.TestServer;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** restart-server and a real systemd: the build runs where systemd and the server run. */
@Tag("slow")
@Needs({Machine.SYSTEMD, Machine.DEFAULT_MAJOR})
class SystemdRestartTest {

  private static final int PORT = 54329;
  private static final String HOME = "/run/postgres";
  private static final String SERVER =
      """
      [Unit]
      DefaultDependencies=no
      PartOf=%s
      [Service]
      User=65534
      Group=65534
      ExecStart=%s/bin/postgres -D /run/data -p %d -c listen_addresses=127.0.0.1 -c unix_socket_directories=
      KillMode=mixed
      KillSignal=SIGINT
      """;
  private static final String UMBRELLA =
      """
      [Unit]
      DefaultDependencies=no
      [Service]
      Type=oneshot
      RemainAfterExit=yes
      ExecStart=/bin/true
      """;

  private static RealSystemd systemd;

  @BeforeAll
  static void boot() throws IOException {
    // they outlive neither the JVM nor a clean
    Path units = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "systemd-");
    systemd = RealSystemd.boot(units);
    // nobody may have no way to where we are, nor to what we unpacked
    systemd.run("cp", "-r", TestServer.home().toString(), HOME);
    systemd.run("chmod", "-R", "go+rX", HOME);
    List<String> nobody =
        List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--");
    List<String> create = new ArrayList<>(nobody);
    create.addAll(
        List.of(HOME + "/bin/initdb", "-D", "/run/data", "-U", "postgres", "-A", "trust", "-N"));
    systemd.run(create.toArray(String[]::new));
    systemd.start("postgresql.service", UMBRELLA);
    systemd.start("pg@app.service", SERVER.formatted("postgresql.service", HOME, PORT));
    systemd.start(
        "bystander.service",
        "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep 3600\n");
    assertThat(inside("create")).contains("created");
  }

  @AfterAll
  static void end() throws IOException {
    if (systemd != null) {
      systemd.close();
    }
  }

  @Test
  void autoFindsTheUnit() {
    assertThat(restart("auto"))
        .contains("is the main process of unit pg@app.service")
        .contains("--no-ask-password restart -- pg@app.service")
        .contains("SUCCESS the server restarted");
  }

  @Test
  void theUnitAndTheOneThatItIsPartOfRestartIt() {
    assertThat(restart("systemctl", "pg@app")).contains("SUCCESS the server restarted");
    assertThat(restart("systemctl"))
        .contains("is of unit pg@app.service, all that postgresql has")
        .contains("SUCCESS the server restarted");
  }

  @Test
  void pgCtlIsRefusedBehindItsBack() {
    assertThat(restart("pg_ctl"))
        .contains("FAILED unit pg@app.service of systemd runs the server")
        .contains("-Dpgkill.restartWith=systemctl -Dpgkill.serviceName=pg@app.service");
  }

  @Test
  void anotherUnitIsRefused() {
    assertThat(restart("systemctl", "bystander"))
        .contains("FAILED unit bystander is not the one that runs the server")
        .contains("-Dpgkill.serviceName=pg@app.service");
    assertThat(restart("systemctl", "nowhere")).contains("FAILED systemd has no unit nowhere");
  }

  private static String restart(String... arguments) {
    return inside(arguments);
  }

  /** It starts in the root directory there. */
  private static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Runs our job in there. */
  private static String inside(String... arguments) {
    List<String> argv =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                RestartInside.class.getName(),
                Integer.toString(PORT)));
    argv.addAll(List.of(arguments));
    try {
      Process process = new ProcessBuilder(systemd.inside(argv)).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(said).isTrue();
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
