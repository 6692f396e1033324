package io.github.pgkill.host.build;

import io.github.pgkill.model.lockout.ProcessMark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Tells a process from another that had its number before, by what Linux says in {@code /proc}
 * (proc(5)). Elsewhere, and where {@code /proc} is not to be trusted, it says nothing.
 */
final class ProcessMarks {

  private static final Path PROC = Path.of("/proc");
  private static final int STATE = 0;

  /** Field 22 of the line, counted from the state, which is field 3. */
  private static final int START = 19;

  private static final int FIELDS = START + 1;

  private ProcessMarks() {}

  /** What became of a process. */
  enum Life {
    /** It is certainly there. */
    RUNS,
    /** It is certainly gone. */
    ENDED,
    /** It cannot be told from here. */
    UNKNOWN
  }

  /** Of this process. */
  static Optional<ProcessMark> own() {
    long self = ProcessHandle.current().pid();
    try {
      // a container may be shown the processes of its host, whose numbers are others
      if (!Files.readSymbolicLink(PROC.resolve("self")).toString().equals(Long.toString(self))) {
        return Optional.empty();
      }
      String bootId = Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
      String namespace = Files.readSymbolicLink(PROC.resolve("self/ns/pid")).toString();
      return stat(self)
          .map(fields -> new ProcessMark(bootId, namespace, Long.parseLong(fields[START])));
    } catch (IOException | UnsupportedOperationException | NumberFormatException e) {
      // another system, or one that hides it
      return Optional.empty();
    }
  }

  /** What became of the process of that number and mark. */
  static Life life(long pid, ProcessMark mark) {
    boolean judged = own().filter(mark::sameMachine).isPresent() && showsOthers();
    if (!judged) {
      return Life.UNKNOWN;
    }
    try {
      Optional<String[]> found = stat(pid);
      return found.filter(fields -> runs(fields, mark)).isPresent() ? Life.RUNS : Life.ENDED;
    } catch (IOException | NumberFormatException e) {
      return Life.UNKNOWN;
    }
  }

  private static boolean runs(String[] fields, ProcessMark mark) {
    boolean zombie = fields[STATE].equals("Z") || fields[STATE].equals("X");
    return !zombie && Long.parseLong(fields[START]) == mark.startTicks();
  }

  /** With the mount option hidepid, other users' processes look as if they were not there. */
  private static boolean showsOthers() {
    return Files.isReadable(PROC.resolve("1/stat"));
  }

  /** The fields behind the program's name, which may hold anything; empty when it is gone. */
  private static Optional<String[]> stat(long pid) throws IOException {
    Path file = PROC.resolve(Long.toString(pid)).resolve("stat");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String line;
    try {
      line = Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      if (Files.exists(file)) {
        throw e;
      }
      // it ended while we looked
      return Optional.empty();
    }
    String[] fields = line.substring(line.lastIndexOf(')') + 1).strip().split(" ", -1);
    if (fields.length < FIELDS) {
      throw new IOException("not the line of a process: " + file);
    }
    return Optional.of(fields);
  }
}
