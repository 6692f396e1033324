package io.github.pgkill.host.process;

import io.github.pgkill.model.sessions.ProcessSignal;
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
 * One process of this machine, by Java's own API and by what Linux adds in {@code /proc} (proc(5)).
 * The JDK remembers when the process behind a handle began, to the kernel's clock tick, so that a
 * recycled pid is another process.
 */
public final class HostProcess {

  static final Path PROC = Path.of("/proc");

  private static final String DELETED = " (deleted)";

  private final ProcessHandle handle;
  private final Path proc;

  private HostProcess(ProcessHandle handle, Path proc) {
    this.handle = handle;
    this.proc = proc;
  }

  /**
   * The process of that pid, if it runs and this user may see it.
   *
   * @param proc where Linux shows processes; a folder that is not there is another system
   */
  static Optional<HostProcess> of(long pid, Path proc) {
    return ProcessHandle.of(pid).map(handle -> new HostProcess(handle, proc));
  }

  /** All that this user may see. */
  public static Stream<HostProcess> all() {
    return ProcessHandle.allProcesses().map(handle -> new HostProcess(handle, PROC));
  }

  /** Another one of the same machine. */
  Optional<HostProcess> other(long pid) {
    return of(pid, proc);
  }

  public Optional<HostProcess> parent() {
    return handle.parent().map(parent -> new HostProcess(parent, proc));
  }

  boolean isChildOf(HostProcess parent) {
    return handle.parent().equals(Optional.of(parent.handle));
  }

  Stream<HostProcess> children() {
    return handle.children().map(child -> new HostProcess(child, proc));
  }

  public long pid() {
    return handle.pid();
  }

  /** Whether it runs; one that has ended and that its parent has not buried yet does not. */
  public boolean alive() {
    return handle.isAlive() && !state().equals("Z");
  }

  /** Whether it is stopped (SIGSTOP, a debugger). */
  boolean stopped() {
    return state().matches("[Tt]");
  }

  /** When it began, by this machine's clock of today. */
  Optional<Instant> startedAt() {
    return handle.info().startInstant();
  }

  /** Its arguments, the program first; empty where this user may not see them. */
  public List<String> arguments() {
    // /proc shows other users' processes, too, where Java shows their owner only
    String line = read("cmdline");
    if (!line.isEmpty()) {
      return Arrays.asList(line.split("\0"));
    }
    List<String> arguments = new ArrayList<>();
    program().ifPresent(arguments::add);
    handle.info().arguments().map(Arrays::asList).ifPresent(arguments::addAll);
    return arguments;
  }

  /** What its program is called; empty where this user may not see it. */
  public String name() {
    String program = arguments().stream().findFirst().orElse("");
    return program.substring(program.lastIndexOf('/') + 1);
  }

  /** Its whole command line; empty where this user may not see it. */
  public String words() {
    return String.join(" ", arguments());
  }

  /** The file that it runs, replaced by an update perhaps; empty where this user may not see it. */
  Optional<String> program() {
    return handle
        .info()
        .command()
        .map(file -> file.endsWith(DELETED) ? file.replace(DELETED, "") : file);
  }

  /** The same as a path; as the process was called where its file is hidden. */
  public Optional<Path> executable() {
    return program()
        .or(() -> arguments().stream().findFirst())
        .map(Path::of)
        .filter(Path::isAbsolute);
  }

  /** Whether this system shows titles, states and working directories at all. */
  boolean detailed() {
    return Files.isDirectory(proc.resolve("self/ns"));
  }

  /** What it calls itself, as the processes of a server do; empty where that is not shown. */
  public Optional<String> title() {
    return Optional.of(read("cmdline").split("\0", 2)[0].strip()).filter(t -> !t.isEmpty());
  }

  /** The way to where it works, whatever that is called in its own view of the files. */
  Path workingDirectory() {
    return file("cwd");
  }

  /**
   * Whether it works in that directory, or this system does not show it.
   *
   * @throws IOException when this user may not know
   */
  boolean worksIn(Path directory) throws IOException {
    return !detailed() || Files.isSameFile(workingDirectory(), directory);
  }

  /**
   * Whether it counts pids as we do, and is not in a container, or this system does not show it.
   *
   * @throws IOException when this user may not know
   */
  boolean sharesOurPids() throws IOException {
    return !detailed()
        || Files.readSymbolicLink(file("ns/pid"))
            .equals(Files.readSymbolicLink(proc.resolve("self/ns/pid")));
  }

  /** The systemd unit that its control group says it is in. */
  public Optional<SystemdUnit> unit() {
    return SystemdUnit.ofControlGroup(read("cgroup"));
  }

  /** Where it writes its messages, if that is a file that this user may see. */
  public Optional<Path> messages() {
    try {
      return Optional.of(file("fd/2").toRealPath()).filter(Files::isRegularFile);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  boolean supportsTerm() {
    return handle.supportsNormalTermination();
  }

  /** Whether the operating system took the signal. */
  boolean signal(ProcessSignal signal) {
    return signal == ProcessSignal.KILL ? handle.destroyForcibly() : handle.destroy();
  }

  /** The letter of proc(5); empty where it is not shown. */
  private String state() {
    String stat = read("stat");
    // the name before it is in parentheses, and may hold some itself
    int name = stat.lastIndexOf(')');
    return name < 0 ? "" : stat.substring(name + 2, name + 3);
  }

  /** Empty where it is not Linux, hidden from this user, or gone. */
  private String read(String name) {
    try {
      // whatever its encoding: what cannot be decoded must not hide the rest
      return new String(Files.readAllBytes(file(name)), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }

  private Path file(String name) {
    return proc.resolve(Long.toString(pid())).resolve(name);
  }
}
