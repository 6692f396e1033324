package io.github.pgkill.benchmark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The machine's own {@code psql}: the embedded server comes without one. */
record Psql(Path program) {

  static final String ONE_LINER =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
          + " WHERE datname='app' AND pid <> pg_backend_pid()";

  /** Debian's wrapper in Perl, which takes longer than the program that it starts. */
  private static final String WRAPPER = "pg_wrapper";

  private static final Path DEBIAN = Path.of("/usr/lib/postgresql");

  /** {@code -Dbenchmark.psql}, else the one on the PATH. */
  static Optional<Psql> find() {
    String named = System.getProperty("benchmark.psql", "");
    return (named.isEmpty() ? onPath() : Optional.of(Path.of(named)))
        .map(Psql::behindWrapper)
        .map(Psql::new);
  }

  private static Optional<Path> onPath() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .flatMap(directory -> Stream.of("psql", "psql.exe").map(Path.of(directory)::resolve))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Path behindWrapper(Path psql) {
    try {
      if (!psql.toRealPath().endsWith(WRAPPER)) {
        return psql;
      }
      try (Stream<Path> versions = Files.list(DEBIAN)) {
        return versions
            .map(version -> version.resolve("bin/psql"))
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(psql);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs one statement as the superuser. */
  void run(int port, String sql) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder(
                List.of(
                    program.toString(),
                    "-Xq",
                    "--host=127.0.0.1",
                    "--port=" + port,
                    "--username=postgres",
                    "--dbname=postgres",
                    "--command=" + sql))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    if (status != 0) {
      throw new IllegalStateException("psql failed with " + status);
    }
  }
}
