package io.github.pgkill.host.process;

import io.github.pgkill.model.sessions.ProcessSignal;
import java.time.Instant;
import java.util.Optional;

/**
 * The process of one backend, held from the check to the signal: the JDK reads when it began once
 * more right before it signals ({@code ProcessHandleImpl_unix.c}, {@code destroy0}). A recycled pid
 * is not hit, unless it were recycled in the microseconds between those two system calls.
 */
public final class BackendProcess implements Inspected {

  /** What became of a signal. */
  public enum Sent {
    /** The operating system took it. */
    SENT,
    /** The process was gone already. */
    GONE,
    /** This user may not signal that process. */
    NOT_PERMITTED
  }

  private final HostProcess process;
  private final Instant startedAt;
  private final Optional<BackendTitle> title;

  BackendProcess(HostProcess process, Instant startedAt, Optional<BackendTitle> title) {
    this.process = process;
    this.startedAt = startedAt;
    this.title = title;
  }

  public int pid() {
    return (int) process.pid();
  }

  /** When it began, by this machine's clock of today. */
  public Instant startedAt() {
    return startedAt;
  }

  /** What it called itself when it was found; empty where this system does not show it. */
  public Optional<BackendTitle> title() {
    return title;
  }

  /** Whether it runs; one that has ended and that its stopped parent has not buried does not. */
  public boolean alive() {
    return process.alive();
  }

  /** Signals it, unless it is gone. */
  public Sent signal(ProcessSignal signal) {
    if (process.signal(signal)) {
      return Sent.SENT;
    }
    return process.alive() ? Sent.NOT_PERMITTED : Sent.GONE;
  }

  /** What one would type to do the same. */
  public static String command(ProcessSignal signal, int pid) {
    return "kill -" + signal + " " + pid;
  }
}
