package io.github.pgkill.host.build;

import io.github.pgkill.model.connection.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which TCP connections belong to this build: to this JVM, and to the processes that it started and
 * that they started. Only Linux tells (proc(5)); a process that has detached itself from its parent
 * is this build's no more.
 */
public final class BuildSockets {

  /** What the operating system says. */
  public sealed interface Answer {}

  /**
   * It tells.
   *
   * @param ends our ends of all connections to that port
   */
  public record Known(Set<Endpoint> ends) implements Answer {
    public Known {
      ends = Set.copyOf(ends);
    }
  }

  /**
   * It does not tell, or not of every process of this build.
   *
   * @param why in words
   */
  public record Unknown(String why) implements Answer {}

  private static final String SOCKET = "socket:[";

  private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

  private final Path proc;

  BuildSockets(Path proc) {
    this.proc = proc;
  }

  /** The connections of this build to a port of whichever server, as they are now. */
  public static Answer connectedTo(int serverPort) {
    return new BuildSockets(Path.of("/proc")).of(family(), serverPort);
  }

  /** This JVM first, then all that descends from it. */
  private static List<Long> family() {
    ProcessHandle self = ProcessHandle.current();
    return Stream.concat(Stream.of(self), self.descendants()).map(ProcessHandle::pid).toList();
  }

  Answer of(List<Long> processes, int serverPort) {
    if (!Files.isReadable(proc.resolve(processes.get(0) + "/net/tcp"))) {
      return new Unknown("this operating system does not say which process owns a connection");
    }
    Set<Endpoint> ends = new HashSet<>();
    for (long process : processes) {
      try {
        ends.addAll(endsOf(proc.resolve(Long.toString(process)), serverPort));
      } catch (NoSuchFileException e) {
        continue; // it has ended, and its connections with it
      } catch (AccessDeniedException e) {
        if (!ended(process)) {
          return new Unknown("this user may not see the connections of process " + process);
        }
      } catch (IOException e) {
        if (!ended(process)) {
          return new Unknown("cannot read the connections of process " + process + " (" + e + ")");
        }
      }
    }
    return new Known(ends);
  }

  private static Set<Endpoint> endsOf(Path process, int serverPort) throws IOException {
    Set<String> sockets = socketsOf(process);
    Set<Endpoint> ends = new HashSet<>();
    if (!sockets.isEmpty()) {
      // of the process: it may live in a network of its own
      for (String table : List.of("net/tcp", "net/tcp6")) {
        Path file = process.resolve(table);
        if (Files.exists(file)) {
          ends.addAll(endsIn(Files.readAllLines(file), sockets, serverPort));
        }
      }
    }
    return ends;
  }

  /** The inodes of its sockets. */
  private static Set<String> socketsOf(Path process) throws IOException {
    Set<String> inodes = new HashSet<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        target(file)
            .filter(target -> target.startsWith(SOCKET))
            .map(target -> target.substring(SOCKET.length(), target.length() - 1))
            .forEach(inodes::add);
      }
    }
    return inodes;
  }

  /** Empty for a file that was closed a moment ago. */
  private static Stream<String> target(Path file) throws IOException {
    try {
      return Stream.of(Files.readSymbolicLink(file).toString());
    } catch (NoSuchFileException e) {
      return Stream.empty();
    }
  }

  /** Columns: number, local end, remote end, state, ..., inode as the tenth. */
  static Set<Endpoint> endsIn(List<String> table, Set<String> inodes, int serverPort) {
    Set<Endpoint> ends = new HashSet<>();
    for (String line : table) {
      String[] columns = line.trim().split("\\s+");
      if (columns.length > 9
          && inodes.contains(columns[9])
          && end(columns[2]).port() == serverPort) {
        ends.add(end(columns[1]));
      }
    }
    return ends;
  }

  /** {@code 0100007F:1538}: 32-bit words in the machine's own order, then the port. */
  private static Endpoint end(String text) {
    int colon = text.indexOf(':');
    byte[] address = new byte[colon / 2];
    for (int i = 0; i < address.length; i++) {
      int inWord = LITTLE_ENDIAN ? 3 - i % 4 : i % 4;
      int at = (i / 4 * 4 + inWord) * 2;
      address[i] = (byte) Integer.parseInt(text.substring(at, at + 2), 16);
    }
    return new Endpoint(address(address), Integer.parseInt(text.substring(colon + 1), 16));
  }

  /** An IPv4 address within an IPv6 one comes out as what it is. */
  private static InetAddress address(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("not an address: " + Arrays.toString(bytes), e);
    }
  }

  /** A process that waits to be reaped has no connections any more, and nobody may look at it. */
  private boolean ended(long process) {
    try {
      String stat = Files.readString(proc.resolve(process + "/stat"));
      return stat.startsWith(") Z", stat.lastIndexOf(')'));
    } catch (IOException e) {
      return true;
    }
  }
}
