package io.github.pgkill.host.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The first process of a running server as the host shows it. What the host keeps to the process's
 * owner is empty.
 */
public final class PostmasterProcess {

  private static final int GENERATIONS = 16;

  private final ProcessHandle process;

  private PostmasterProcess(ProcessHandle process) {
    this.process = process;
  }

  /** The parent of that process of a server, if it runs on this host and in our view of it. */
  public static Optional<PostmasterProcess> ofBackend(int backendPid) {
    return ProcessHandle.of(backendPid)
        .flatMap(ProcessHandle::parent)
        .map(PostmasterProcess::new)
        .filter(PostmasterProcess::looksLikePostgres);
  }

  public long pid() {
    return process.pid();
  }

  /** When it began, as exactly as the host's clock says. */
  public Optional<Instant> startedAt() {
    return process.info().startInstant();
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Its arguments, the program first. */
  public List<String> arguments() {
    return arguments(process);
  }

  /** Its program; for other users' processes only as it was called. */
  public Optional<Path> executable() {
    return process
        .info()
        .command()
        .or(() -> arguments().stream().findFirst())
        .map(Path::of)
        .filter(Path::isAbsolute);
  }

  /** The name of the user whom it belongs to. */
  Optional<String> user() {
    return process.info().user();
  }

  /** The systemd unit that its control group says it is in. */
  public Optional<SystemdUnit> unit() {
    return read("cgroup").flatMap(SystemdUnit::ofControlGroup);
  }

  /** Where it writes its messages, if that is a file that we may see. */
  public Optional<Path> messages() {
    try {
      return Optional.of(Path.of("/proc", Long.toString(pid()), "fd", "2").toRealPath())
          .filter(Files::isRegularFile);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Its parent, grandparent and so on as people read them. */
  public List<Ancestor> ancestors() {
    List<Ancestor> all = new ArrayList<>();
    Optional<ProcessHandle> next = process.parent();
    while (next.isPresent() && all.size() < GENERATIONS) {
      ProcessHandle ancestor = next.get();
      all.add(new Ancestor(ancestor.pid(), name(ancestor), words(ancestor)));
      next = ancestor.parent();
    }
    return all;
  }

  /** What runs on this host, as people read it. */
  public static Stream<Ancestor> everything() {
    return ProcessHandle.allProcesses()
        .map(process -> new Ancestor(process.pid(), name(process), words(process)));
  }

  /**
   * A process beside or above the server.
   *
   * @param name its program's name; empty where the host hides it
   * @param words its whole command line; empty where the host hides it
   */
  public record Ancestor(long pid, String name, String words) {}

  private boolean looksLikePostgres() {
    List<String> arguments = arguments();
    return arguments.isEmpty() || ServerProgram.isNamed(arguments.get(0));
  }

  private static String name(ProcessHandle process) {
    List<String> arguments = arguments(process);
    String program = arguments.isEmpty() ? process.info().command().orElse("") : arguments.get(0);
    return program.substring(program.lastIndexOf('/') + 1);
  }

  private static String words(ProcessHandle process) {
    return String.join(" ", arguments(process));
  }

  private static List<String> arguments(ProcessHandle process) {
    // /proc shows other users' processes, too, where Java shows their owner only
    Optional<String> line = read(process.pid(), "cmdline");
    if (line.isPresent()) {
      return Arrays.stream(line.get().split("\0")).toList();
    }
    List<String> arguments = new ArrayList<>();
    process.info().command().ifPresent(arguments::add);
    process.info().arguments().map(Arrays::asList).ifPresent(arguments::addAll);
    return arguments;
  }

  private Optional<String> read(String file) {
    return read(pid(), file);
  }

  private static Optional<String> read(long pid, String file) {
    try {
      // whatever its encoding: what cannot be decoded must not hide the rest
      byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), file));
      String text = new String(bytes, StandardCharsets.UTF_8);
      return text.isEmpty() ? Optional.empty() : Optional.of(text);
    } catch (IOException e) {
      // not Linux, hidden from us, or gone
      return Optional.empty();
    }
  }
}
