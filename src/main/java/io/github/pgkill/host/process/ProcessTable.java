package io.github.pgkill.host.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the operating system shows of a process beyond Java's own API: on Linux the title, the
 * working directory and the pid namespace, elsewhere none of these.
 */
sealed interface ProcessTable {

  /** The one of this machine. */
  static ProcessTable ofThisMachine() {
    return Files.isDirectory(Path.of("/proc/self/ns")) ? new Linux() : new Portable();
  }

  /** Whether titles and working directories can be seen at all. */
  boolean detailed();

  /** What the process calls itself; empty where that is not shown. */
  Optional<String> title(long pid);

  /** Whether the process has ended and waits for its parent to take notice. */
  boolean defunct(long pid);

  /**
   * Whether the process works in that directory.
   *
   * @throws IOException when this user may not know
   */
  boolean worksIn(long pid, Path directory) throws IOException;

  /**
   * Whether the process counts pids as we do, and is not in a container.
   *
   * @throws IOException when this user may not know
   */
  boolean sharesOurPids(long pid) throws IOException;

  /** {@code /proc}, as proc(5) describes it. */
  record Linux() implements ProcessTable {
    private static final Path PROC = Path.of("/proc");

    @Override
    public boolean detailed() {
      return true;
    }

    @Override
    public Optional<String> title(long pid) {
      try {
        byte[] bytes = Files.readAllBytes(PROC.resolve(pid + "/cmdline"));
        String line = new String(bytes, StandardCharsets.UTF_8);
        int end = line.indexOf('\0');
        return Optional.of((end < 0 ? line : line.substring(0, end)).stripTrailing())
            .filter(title -> !title.isEmpty());
      } catch (IOException e) {
        // gone, which whoever asks for the title finds out by the handle
        return Optional.empty();
      }
    }

    @Override
    public boolean defunct(long pid) {
      try {
        String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
        // the name before the state is in parentheses, and may hold some itself
        return stat.startsWith("Z", stat.lastIndexOf(')') + 2);
      } catch (IOException e) {
        // gone altogether
        return false;
      }
    }

    @Override
    public boolean worksIn(long pid, Path directory) throws IOException {
      // through the link, not by its text: another mount namespace may use the same name
      return Files.isSameFile(PROC.resolve(pid + "/cwd"), directory);
    }

    @Override
    public boolean sharesOurPids(long pid) throws IOException {
      return Files.readSymbolicLink(PROC.resolve(pid + "/ns/pid"))
          .equals(Files.readSymbolicLink(PROC.resolve("self/ns/pid")));
    }
  }

  /** Everywhere else: start time and parent, which {@link ProcessHandle} knows, must do. */
  record Portable() implements ProcessTable {
    @Override
    public boolean detailed() {
      return false;
    }

    @Override
    public Optional<String> title(long pid) {
      return Optional.empty();
    }

    @Override
    public boolean defunct(long pid) {
      return false;
    }

    @Override
    public boolean worksIn(long pid, Path directory) {
      return true;
    }

    @Override
    public boolean sharesOurPids(long pid) {
      return true;
    }
  }
}
