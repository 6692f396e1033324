package io.github.pgkill.host.process;

import io.github.pgkill.model.ProcessSignal;
import java.time.Instant;
import java.util.Optional;

/**
 * The process of one backend, held from the check to the signal: the JDK remembers when the process
 * behind a handle began, to the kernel's clock tick, and reads it once more right before it signals
 * ({@code ProcessHandleImpl_unix.c}, {@code destroy0}). A recycled pid is not hit, unless it were
 * recycled in the microseconds between those two system calls.
 */
public final class BackendProcess {

  /** What became of a signal. */
  public enum Sent {
    /** The operating system took it. */
    SENT,
    /** The process was gone already. */
    GONE,
    /** This user may not signal that process. */
    NOT_PERMITTED
  }

  private final ProcessHandle handle;
  private final Instant startedAt;
  private final Optional<BackendTitle> title;
  private final ProcessTable table;

  /**
   * @param title what it calls itself; empty where this platform does not show it
   */
  BackendProcess(
      ProcessHandle handle, Instant startedAt, Optional<BackendTitle> title, ProcessTable table) {
    this.handle = handle;
    this.startedAt = startedAt;
    this.title = title;
    this.table = table;
  }

  public int pid() {
    return (int) handle.pid();
  }

  /** When it began, by this machine's clock of today. */
  public Instant startedAt() {
    return startedAt;
  }

  /** What it called itself when it was found; empty where this platform does not show it. */
  public Optional<BackendTitle> title() {
    return title;
  }

  /** Whether it runs; one that has ended and whom its stopped parent has not buried does not. */
  public boolean alive() {
    return !table.defunct(handle.pid()) && handle.isAlive();
  }

  /** Signals it, unless it is gone. */
  public Sent signal(ProcessSignal signal) {
    boolean sent = signal == ProcessSignal.KILL ? handle.destroyForcibly() : handle.destroy();
    if (sent) {
      return Sent.SENT;
    }
    return handle.isAlive() ? Sent.NOT_PERMITTED : Sent.GONE;
  }

  /** What one would type to do the same. */
  public static String command(ProcessSignal signal, int pid) {
    return "kill -" + signal + " " + pid;
  }
}
