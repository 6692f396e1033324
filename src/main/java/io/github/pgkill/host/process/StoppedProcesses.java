package io.github.pgkill.host.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the processes of a server that were stopped (SIGSTOP, a debugger), which no SQL can tell
 * from those that just do nothing. Only where the server runs on this machine and Linux shows its
 * processes: <a href="https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html">proc(5)</a>.
 */
public final class StoppedProcesses {

  private static final Path PROC = Path.of("/proc");

  private StoppedProcesses() {}

  /**
   * The server's stopped processes, by pid, with their titles; empty where the server's processes
   * cannot be seen from here.
   *
   * @param backend the process behind a connection of ours
   * @param title what that process's title contains, lest another machine's pid be mistaken for one
   *     of this
   */
  public static Optional<Map<Integer, String>> ofServer(int backend, String title) {
    Stat ours = Stat.of(PROC.resolve(Integer.toString(backend)));
    String name = title(backend);
    if (ours == null || !name.startsWith("postgres") || !name.contains(title)) {
      return Optional.empty();
    }
    Map<Integer, String> stopped = new TreeMap<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        Stat stat = Stat.of(process);
        if (stat != null && stat.parent == ours.parent && stat.stopped()) {
          int pid = Integer.parseInt(process.getFileName().toString());
          stopped.put(pid, title(pid));
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    return Optional.of(stopped);
  }

  private static String title(int pid) {
    String text = read(PROC.resolve(Integer.toString(pid)).resolve("cmdline"));
    return text == null ? "" : text.replace('\0', ' ').strip();
  }

  /** Null where it is gone meanwhile, or is not for us to see. */
  private static @Nullable String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return null;
    }
  }

  private record Stat(char state, int parent) {

    /** The program's name stands in parentheses and may hold anything, parentheses too. */
    static @Nullable Stat of(Path process) {
      String text = read(process.resolve("stat"));
      int name = text == null ? -1 : text.lastIndexOf(')');
      if (text == null || name < 0) {
        return null;
      }
      String[] fields = text.substring(name + 1).strip().split(" ");
      return fields.length < 2 ? null : new Stat(fields[0].charAt(0), Integer.parseInt(fields[1]));
    }

    boolean stopped() {
      return state == 'T' || state == 't';
    }
  }
}
