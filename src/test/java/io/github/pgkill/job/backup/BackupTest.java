package io.github.pgkill.job.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.BackupJob;
import io.github.pgkill.testing.ClientPrograms;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import io.github.pgkill.testing.StandIns;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestJob;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A backup is whole or not there, shows no secret, and a failed one stops what was to follow. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-ins are shell scripts")
@Tag("slow")
final class BackupTest {

  private static final TestServer SERVER =
      TestServer.start(
          Map.of(), List.of("host all +asked_for_password 127.0.0.1/32 scram-sha-256"));

  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path directory;
  private Path backups;
  private StandIns programs;
  private String database;

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @BeforeEach
  void somethingToLose() throws SQLException, IOException {
    backups = directory.resolve("place/backups");
    programs = StandIns.in(Files.createDirectory(directory.resolve("bin")));
    database = SERVER.createDatabase();
    SERVER.execute(
        database, "create table t as select i, md5(i::text) from generate_series(1, 500) i");
  }

  @Test
  @Needs(Machine.PG_DUMP)
  void keepsACheckedDumpForTheOwnerAloneWithAManifest() throws Exception {
    GoalReport report = job(real()).run();

    Path dump = onlyDump();
    String sha256 = sha256(dump);
    JsonNode manifest =
        new ObjectMapper().readTree(dump.resolveSibling(dump.getFileName() + ".json").toFile());
    assertThat(manifest.at("/database").asText()).isEqualTo(database);
    assertThat(manifest.at("/databaseOid").asText())
        .isEqualTo(SERVER.query("select oid from pg_database where datname = ?", database).get(0));
    assertThat(manifest.at("/sha256").asText()).isEqualTo(sha256);
    assertThat(manifest.at("/sizeBytes").asLong()).isEqualTo(Files.size(dump));
    assertThat(manifest.at("/file").asText()).isEqualTo(dump.getFileName().toString());
    assertThat(manifest.at("/encoding").asText()).isEqualTo("UTF8");
    assertThat(manifest.at("/serverVersion").asText()).startsWith(SERVER.major() + ".");
    assertThat(manifest.at("/systemIdentifier").asText())
        .isEqualTo(SERVER.query("select system_identifier::text from pg_control_system()").get(0));
    assertThat(manifest.at("/entries").asInt()).isPositive();
    assertThat(manifest.at("/notHeld/0").asText()).startsWith("roles");
    assertThat(report.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(report.verdict().remarks().get(0)).contains(dump.toString()).contains(sha256);
    assertThat(report.surroundings().steps())
        .extracting(StepResult::name)
        .containsExactly("backup", "check the backup's list", "read the backup");
    assertThat(names(backups)).hasSize(3).contains(".gitignore");
    assertThat(Files.readString(backups.resolve(".gitignore"))).isEqualTo("*\n");
    assertThat(permissions(backups)).isEqualTo("rwx------");
    assertThat(permissions(dump)).isEqualTo("rw-------");
    assertThat(permissions(dump.resolveSibling(dump.getFileName() + ".json")))
        .isEqualTo("rw-------");
  }

  @Test
  void aDirectoryThatSomebodyElseFilledIsLeftAsItIs() throws Exception {
    Files.createDirectories(backups);
    Files.writeString(backups.resolve("theirs.txt"), "theirs");
    programs.dump("echo dumped > \"$out\"");
    job(programs.pgDump()).run();
    assertThat(names(backups)).hasSize(3).doesNotContain(".gitignore").contains("theirs.txt");
  }

  @Test
  void twoInOneSecondAreTwo() throws Exception {
    programs.dump("echo dumped > \"$out\"");
    for (int i = 0; i < 4; i++) {
      job(programs.pgDump()).run();
    }
    assertThat(names(backups)).hasSize(1 + 2 * 4);
  }

  @Test
  void aDryRunShowsTheArgumentsAndWritesNothing() throws Exception {
    programs.dump("echo dumped > \"$out\"");
    BackupJob job = job(programs.pgDump()).dryRun();
    GoalReport report = job.run();
    assertThat(report.verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
    assertThat(report.surroundings().steps().get(0).status()).isEqualTo(StepResult.Status.PLANNED);
    assertThat(report.surroundings().steps().get(0).what())
        .contains("--format=custom")
        .contains("--no-password");
    assertThat(backups).doesNotExist();
  }

  @ParameterizedTest
  @Needs(Machine.PG_DUMP)
  @ValueSource(
      strings = {
        "a b",
        "-dash",
        "--help",
        "it's \"quoted\" \\ $(touch pwned)",
        "new\nline",
        "x=y",
        "dbname=postgres host=127.0.0.2",
        "postgresql://127.0.0.1:1/elsewhere"
      })
  void hostileNamesAreNamesAndNothingElse(String name) throws Exception {
    String pgDump = real();
    Path hostile = directory.resolve("-odd = '$(x)' \"" + name.replace("/", "|"));
    SERVER.execute("create database \"" + name.replace("\"", "\"\"") + "\"");
    try {
      SERVER.execute("comment on database " + quoted(name) + " is 'the right one'");
      BackupJob.of(SERVER, name, hostile, pgDump).run();
      List<String> kept = names(hostile);
      assertThat(kept).hasSize(3).allMatch(file -> file.matches("[A-Za-z0-9_.-]+"));
      String manifest =
          kept.stream().filter(file -> file.endsWith(".json")).findFirst().orElseThrow();
      assertThat(new ObjectMapper().readTree(hostile.resolve(manifest).toFile()).at("/database"))
          .hasToString(new ObjectMapper().writeValueAsString(name));
      Path dump = hostile.resolve(manifest.replace(".json", ""));
      assertThat(new String(Files.readAllBytes(dump), StandardCharsets.UTF_8))
          .contains("the right one");
    } finally {
      SERVER.execute("drop database " + quoted(name));
    }
  }

  @Test
  @Needs(Machine.PG_DUMP)
  @EnabledOnOs(value = OS.LINUX, disabledReason = "/proc")
  void whoHoldsALockIsNamedAndThePasswordIsInNoArgument() throws Exception {
    String pgDump = real();
    String secret = "s3cr3t-" + database;
    SERVER.execute(
        "do $$ begin create role asked_for_password; exception when duplicate_object then end $$");
    String role =
        SERVER.createRole("login superuser password '" + secret + "' in role asked_for_password");
    try (Connection holder = SERVER.connect(database, TestServer.SUPERUSER, "idea");
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("lock table t in access exclusive mode");
      BackupJob job =
          job(pgDump)
              .connection(c -> c.as(role).password(secret))
              .patience(Duration.ofSeconds(4), PATIENCE);
      CompletableFuture<Throwable> end =
          CompletableFuture.supplyAsync(
              () -> catchThrowableOfType(PgkillException.class, job::run));
      Eventually.within(60, () -> !arguments("--lock-wait-timeout=4000").isEmpty());
      assertThat(arguments(secret)).isEmpty();
      Throwable failure = end.get();
      assertThat(failure)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("lock that is held by pid ")
          .hasMessageContaining("/idea (idle in transaction for ");
      assertThat(((PgkillFailure) failure).remedy().orElseThrow())
          .contains("terminate-sessions -Dpgkill.pids=");
      assertThat(job.said() + failure + job.report()).doesNotContain(secret);
      assertNothingKept();
    }
    BackupJob.of(SERVER, database, backups, pgDump)
        .connection(c -> c.as(role).password(secret))
        .run();
    assertThat(onlyDump()).isNotEmptyFile();
  }

  @ParameterizedTest
  @ValueSource(strings = {"12.22", "9.6.24", "10beta1"})
  void anOlderPgDumpIsRefused(String version) {
    programs.version(version).dump("echo dumped > \"$out\"");
    PgkillFailure failure =
        catchThrowableOfType(PgkillFailure.class, () -> job(programs.pgDump()).run());
    assertThat(failure)
        .hasMessageContaining("pg_dump " + version + " cannot dump a server of version ");
    assertThat(failure.remedy().orElseThrow()).contains("postgresql-client-" + SERVER.major());
    assertThat(backups).doesNotExist();
  }

  @Test
  @Needs(Machine.OLD_PG_DUMP)
  void theRealPgDumpIsRefusedWhereItIsTooOld() {
    Path old = ClientPrograms.pgDump();
    assertThatThrownBy(() -> job(old.toString()).run())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("cannot dump a server of version " + SERVER.major());
  }

  @Test
  void aProgramThatIsNotThereIsNamed() {
    assertThatThrownBy(() -> job(directory + "/nowhere/pg_dump").run())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("parameter pgDump")
        .hasMessageContaining("/nowhere/pg_dump");
    programs.dump("");
    Path alone = directory.resolve("bin/pg_restore");
    assertThat(alone.toFile().delete()).isTrue();
    assertThatThrownBy(() -> job(programs.pgDump()).run())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("there is no pg_restore beside");
  }

  @Test
  void whatItSaysWhenItFailsIsTheError() throws Exception {
    programs.dump("echo half > \"$out\"; echo 'pg_dump: error: the dog ate it' >&2; exit 3");
    assertThatThrownBy(() -> job(programs.pgDump()).run())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("exit code 3")
        .hasMessageContaining("the dog ate it");
    assertNothingKept();
  }

  @Test
  void oneThatStandsStillIsEndedWithItsChildren() throws Exception {
    programs.dump("echo half > \"$out\"; sleep 97531 & echo $! > child; wait");
    assertThatThrownBy(() -> job(programs.pgDump()).patience(PATIENCE, Duration.ofSeconds(2)).run())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("stood still for 2s and was ended");
    long child = Long.parseLong(Files.readString(directory.resolve("bin/child")).trim());
    assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    assertNothingKept();
  }

  @ParameterizedTest
  @Needs(Machine.PG_DUMP)
  @ValueSource(strings = {"truncate -s 3000 \"$out\"", "truncate -s -200 \"$out\"", ": > \"$out\""})
  void oneThatIsCutIsNotKeptWhateverItsExitCode(String cut) throws Exception {
    Path real = ClientPrograms.pgDump();
    SERVER.execute(
        database, "create table u as select md5(i::text) from generate_series(1, 5000) i");
    programs.realRestore(real).dump("'" + real + "' \"$@\" && " + cut);
    assertThatThrownBy(() -> job(programs.pgDump()).run())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("pg_restore cannot read what pg_dump wrote");
    assertNothingKept();
  }

  @Test
  @Needs(Machine.PG_DUMP)
  @EnabledOnOs(value = OS.LINUX, disabledReason = "/dev/full")
  void aDeviceWithoutRoomLeavesNothing() throws Exception {
    Path real = ClientPrograms.pgDump();
    programs
        .realRestore(real)
        .dump(
            "for a; do shift; case $a in --file=*) a=--file=/dev/full;; esac; set -- \"$@\" \"$a\";"
                + " done; exec '"
                + real
                + "' \"$@\"");
    assertThatThrownBy(() -> job(programs.pgDump()).run())
        .isInstanceOf(PgkillError.class)
        .hasMessageContaining("No space left on device");
    assertNothingKept();
  }

  @Test
  @Needs(Machine.PG_DUMP)
  @EnabledOnOs(value = OS.LINUX, disabledReason = "mount namespaces")
  void aDiskThatFillsUpLeavesNothing() throws Exception {
    Path real = ClientPrograms.pgDump();
    SERVER.execute(
        database, "create table u as select md5(i::text) from generate_series(1, 90000) i");
    try (SmallDisk disk = SmallDisk.mount(directory, 24)) {
      programs
          .realRestore(real)
          .dump(
              "dd if=/dev/zero of=\"$(dirname \"$out\")/filler\" bs=1M count=23 2>/dev/null\n"
                  + "exec '"
                  + real
                  + "' \"$@\"");
      backups = disk.path().resolve("backups");
      assertThatThrownBy(() -> job(programs.pgDump()).run())
          .isInstanceOf(PgkillError.class)
          .hasMessageContaining("No space left on device");
      assertThat(names(backups)).containsExactlyInAnyOrder(".gitignore", "filler");
    }
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "mount namespaces")
  void aDiskThatIsTooSmallIsRefusedWithBothNumbers() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(directory, 2)) {
      programs.dump("echo dumped > \"$out\"");
      backups = disk.path().resolve("backups");
      assertThatThrownBy(() -> job(programs.pgDump()).run())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageMatching(
              "(?s).*the database has \\d+\\.\\d MB, and .* has [12]\\.\\d MB left.*");
      assertThat(names(disk.path())).doesNotContain("backups");
    }
  }

  @Test
  void aFailedBackupStopsTheGoalBeforeAnybodyIsTouched() throws Exception {
    programs.dump("exit 1");
    BackupOptions options = BackupOptions.in(backups, programs.pgDump());
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client victim = clients.idle();
      assertThatThrownBy(() -> TestJob.on(SERVER, database).backup(options).run())
          .isInstanceOf(PgkillError.class);
      assertThatThrownBy(() -> DropJobs.on(SERVER, database).backup(options).drop())
          .isInstanceOf(PgkillError.class);
      assertThatThrownBy(() -> DropJobs.on(SERVER, database).backup(options).recreate())
          .isInstanceOf(PgkillError.class);
      assertThat(victim.alive()).isTrue();
    }
    assertThat(SERVER.query("select 1 from pg_database where datname like 'pgkill_%'")).isEmpty();
    assertNothingKept();
  }

  @Test
  @Needs(Machine.PG_DUMP)
  void terminateBacksUpFirstAndSaysSo() throws Exception {
    BackupOptions options = BackupOptions.in(backups, real());
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client victim = clients.idle();
      Termination termination = TestJob.on(SERVER, database).backup(options).run();
      assertThat(termination.verdict().remarks().toString()).contains(onlyDump().toString());
      assertThat(victim.alive()).isFalse();
    }
  }

  @Test
  void anInterruptedBuildLeavesNeitherFileNorProgram() throws Exception {
    programs.dump("echo half > \"$out\"; echo $$ > pid; exec sleep 97531");
    Process build = BackupProcess.start(SERVER, database, backups, programs.pgDump(), Map.of());
    try {
      Path pid = directory.resolve("bin/pid");
      Eventually.within(60, () -> Files.exists(pid) && !Files.readString(pid).isBlank());
      assertThat(names(backups)).anyMatch(name -> name.endsWith(".part"));
      build.destroy(); // SIGTERM, as Ctrl-C a signal that the JVM ends orderly on
      assertThat(build.waitFor(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
      long dump = Long.parseLong(Files.readString(pid).trim());
      Eventually.within(20, () -> ProcessHandle.of(dump).filter(ProcessHandle::isAlive).isEmpty());
      assertNothingKept();
    } finally {
      build.destroyForcibly();
    }
  }

  @Test
  void nothingOfTheBuildsOwnEnvironmentLeadsElsewhere() throws Exception {
    programs.dump("env > environment; echo dumped > \"$out\"");
    Process build =
        BackupProcess.start(
            SERVER,
            database,
            backups,
            programs.pgDump(),
            Map.of(
                "PGHOST", "elsewhere",
                "PGHOSTADDR", "192.0.2.1",
                "PGSERVICE", "elsewhere",
                "PGSERVICEFILE", "/tmp/services",
                "PGCLUSTER", "15/elsewhere",
                "PGOPTIONS", "-c search_path=elsewhere",
                "PGPASSWORD", "another"));
    assertThat(build.waitFor(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    assertThat(build.exitValue()).isZero();
    List<String> environment = Files.readAllLines(directory.resolve("bin/environment"));
    assertThat(environment.stream().filter(line -> line.startsWith("PG")).sorted().toList())
        .containsExactly(
            "PGCONNECT_TIMEOUT=10",
            "PGDATABASE=" + database,
            "PGHOST=127.0.0.1",
            "PGHOSTADDR=127.0.0.1",
            "PGOPTIONS=-c local_preload_libraries= -c statement_timeout=0 -c lock_timeout=0"
                + " -c default_transaction_read_only=off -c default_transaction_deferrable=off",
            "PGPASSFILE=/nonexistent/pgkill-no-password-file",
            "PGPORT=" + SERVER.port(),
            "PGUSER=postgres");
  }

  @Test
  void ofSeveralHostsItGoesToTheOneThatAnswered() throws Exception {
    programs.dump("env > environment; echo dumped > \"$out\"");
    job(programs.pgDump())
        .connection(
            c ->
                c.at(
                    List.of(
                        new HostAddress("127.0.0.1", null, 1),
                        new HostAddress("localhost", null, SERVER.port()))))
        .run();
    assertThat(Files.readAllLines(directory.resolve("bin/environment")))
        .contains("PGHOST=localhost", "PGPORT=" + SERVER.port())
        .containsAnyOf("PGHOSTADDR=127.0.0.1", "PGHOSTADDR=0:0:0:0:0:0:0:1");
  }

  private static String real() {
    return ClientPrograms.pgDump().toString();
  }

  private BackupJob job(String pgDump) {
    return BackupJob.of(SERVER, database, backups, pgDump);
  }

  private Path onlyDump() throws IOException {
    List<String> dumps = names(backups).stream().filter(n -> n.endsWith(".dump")).toList();
    assertThat(dumps).hasSize(1);
    return backups.resolve(dumps.get(0));
  }

  private void assertNothingKept() throws IOException {
    assertThat(names(backups)).containsExactly(".gitignore");
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    }
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** The command lines of all processes that hold this text. */
  private static List<String> arguments(String text) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
      for (Path process : (Iterable<Path>) processes::iterator) {
        if (process.getFileName().toString().matches("\\d+")) {
          try (InputStream in = Files.newInputStream(process.resolve("cmdline"))) {
            String line = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (line.contains(text)) {
              found.add(line.replace('\0', ' '));
            }
          } catch (IOException e) {
            // it has ended meanwhile
          }
        }
      }
    }
    return found;
  }

  /**
   * A disk of a few megabytes in a mount namespace of its own, seen from here through the process
   * that holds it; it vanishes with that process, and that with this JVM.
   */
  private record SmallDisk(Process holder, Path path) implements AutoCloseable {

    static SmallDisk mount(Path directory, int megabytes) throws IOException {
      Path place = Files.createDirectories(directory.resolve("disk"));
      Process holder =
          new ProcessBuilder(
                  "unshare",
                  "--user",
                  "--map-root-user",
                  "--mount",
                  "sh",
                  "-c",
                  "mount -t tmpfs -o mode=700,size="
                      + megabytes
                      + "m none \"$0\" && echo $$ && cat >/dev/null",
                  place.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String pid = holder.inputReader().readLine();
      Path path = Path.of("/proc/" + pid + "/root" + place);
      assumeTrue(
          pid != null && Files.isWritable(path), "this user may not mount a disk of its own here");
      return new SmallDisk(holder, path);
    }

    @Override
    public void close() throws IOException {
      holder.getOutputStream().close();
      holder.destroyForcibly();
    }
  }
}
