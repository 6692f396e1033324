package io.github.pgkill.host.restart;

import io.github.pgkill.host.command.Paths;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.host.CommandResult;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The clusters that Debian's postgresql-common knows. */
final class DebianClusters {

  private static final Pattern LINE =
      Pattern.compile("(\\d+(?:\\.\\d+)?) +(\\S+) +(\\d+) +(\\S+) +(\\S+) +(/.*?) +(\\S+)");

  private final List<Cluster> all;

  private DebianClusters(List<Cluster> all) {
    this.all = all;
  }

  /**
   * One of them.
   *
   * @param version its major version
   * @param name such as {@code main}
   * @param port the port it listens on
   * @param online whether it runs
   * @param dataDirectory where its data is
   * @param log where its messages go; null where it says something else than a file
   */
  record Cluster(
      String version,
      String name,
      int port,
      boolean online,
      Path dataDirectory,
      @Nullable Path log) {

    /** As people write it. */
    String words() {
      return version + "/" + name;
    }
  }

  /** Asks {@code pg_lsclusters}; empty where that is not installed. */
  static Optional<DebianClusters> ask(Tools tools) {
    if (tools.programs().find("pg_lsclusters").isEmpty()) {
      return Optional.empty();
    }
    CommandResult listed = tools.ask("pg_lsclusters", "--no-header");
    if (!listed.succeeded()) {
      throw new PgkillError(listed.failure(), null, null);
    }
    return Optional.of(
        new DebianClusters(
            listed.stdout().lines().flatMap(line -> cluster(line.strip()).stream()).toList()));
  }

  List<Cluster> all() {
    return all;
  }

  /** The cluster whose data is there. */
  Optional<Cluster> at(@Nullable Path dataDirectory) {
    return dataDirectory == null
        ? Optional.empty()
        : all.stream().filter(c -> Paths.same(c.dataDirectory(), dataDirectory)).findFirst();
  }

  private static Optional<Cluster> cluster(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String log = matcher.group(7);
    return Optional.of(
        new Cluster(
            matcher.group(1),
            matcher.group(2),
            Integer.parseInt(matcher.group(3)),
            matcher.group(4).startsWith("online"),
            Path.of(matcher.group(6)),
            log.startsWith("/") ? Path.of(log) : null));
  }
}
