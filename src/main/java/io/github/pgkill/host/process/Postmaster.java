package io.github.pgkill.host.process;

import io.github.pgkill.model.GuardRefusal;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.ProcessSignal;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The running process of one server, proven to be it, and the only way to the processes of its
 * backends: whatever it gives out was its child a moment ago and is held.
 */
public final class Postmaster {

  /** What mends it that a process may be neither looked at nor signalled. */
  public static final String AS_ITS_OWNER =
      "Run the build as the operating system's user that the server runs as, or as root.";

  private final Instance instance;
  private final ProcessHandle process;
  private final ProcessTable table;

  /** What stands before the role in all titles; asked for until there is an answer. */
  private Optional<String> prefix = Optional.empty();

  private Postmaster(Instance instance, ProcessHandle process, ProcessTable table) {
    this.instance = instance;
    this.process = process;
    this.table = table;
  }

  /**
   * The server process of that data directory.
   *
   * @throws PgkillFailure when the process is not provably that server's
   */
  public static Postmaster of(Instance instance) {
    return of(instance, ProcessTable.ofThisMachine());
  }

  static Postmaster of(Instance instance, ProcessTable table) {
    ProcessHandle process =
        ProcessHandle.of(instance.pid())
            .orElseThrow(() -> stranger(instance, "there is no such process on this machine"));
    Postmaster postmaster = new Postmaster(instance, process, table);
    postmaster.prove();
    return postmaster;
  }

  public Instance instance() {
    return instance;
  }

  /** Whether the server's process is still there. */
  public boolean alive() {
    return process.isAlive();
  }

  /** Whether this platform shows the titles of processes. */
  public boolean showsTitles() {
    return table.detailed();
  }

  /** Refuses a signal that this platform does not have. */
  public void requireSignal(ProcessSignal signal) {
    if (!process.supportsNormalTermination()) {
      throw new GuardRefusal(
          "this system has no TERM, the signal that is tried before " + signal,
          "End the sessions by the server: pgkill:terminate-sessions.");
    }
  }

  /** Whether it was started at that time, as far as clocks can tell. */
  public boolean startedAt(Instant time) {
    return Clocks.agree(time, instance.startedAt());
  }

  /** What that process is to this server; a backend is held from now on. */
  public Inspected inspect(int pid) {
    Optional<ProcessHandle> found = ProcessHandle.of(pid);
    if (found.isEmpty()) {
      return new Inspected.Gone();
    }
    ProcessHandle handle = found.get();
    if (handle.pid() == process.pid()) {
      return new Inspected.Stranger("it is the server itself");
    }
    if (!handle.parent().equals(Optional.of(process))) {
      return handle.isAlive()
          ? new Inspected.Stranger("its parent is not the server in " + instance.dataDirectory())
          : new Inspected.Gone();
    }
    Inspected child = child(handle);
    // what was read is about this process only if it still is the same one
    return handle.isAlive() ? child : new Inspected.Gone();
  }

  private Inspected child(ProcessHandle handle) {
    Optional<Instant> start = handle.info().startInstant();
    if (start.isEmpty()) {
      return new Inspected.Stranger("the operating system does not say when it began");
    }
    if (!table.detailed()) {
      return new Inspected.Backend(
          new BackendProcess(handle, start.get(), Optional.empty(), table));
    }
    try {
      if (!table.worksIn(handle.pid(), instance.dataDirectory())) {
        return new Inspected.Stranger("it does not work in " + instance.dataDirectory());
      }
    } catch (IOException e) {
      return new Inspected.Stranger("this user may not see where it works");
    }
    Optional<BackendTitle> title = title(handle.pid());
    if (title.isEmpty()) {
      return new Inspected.Stranger("its title is none of a backend");
    }
    if (title.get().readings().isEmpty()) {
      return new Inspected.Stranger(
          "it is a process of the server that serves no client (" + title.get().text() + ")");
    }
    return new Inspected.Backend(new BackendProcess(handle, start.get(), title, table));
  }

  private Optional<BackendTitle> title(long pid) {
    if (prefix.isEmpty()) {
      prefix =
          BackendTitle.prefixOf(
              process.children().flatMap(child -> table.title(child.pid()).stream()).toList());
    }
    return table
        .title(pid)
        .flatMap(title -> prefix.flatMap(known -> BackendTitle.of(title, known)));
  }

  /** Every process of this server that may serve a client. */
  public List<BackendProcess> backends() {
    List<BackendProcess> backends = new ArrayList<>();
    for (ProcessHandle child : process.children().toList()) {
      if (inspect((int) child.pid()) instanceof Inspected.Backend backend) {
        backends.add(backend.process());
      }
    }
    return backends;
  }

  /** When the process that replays and checkpoints began: it begins anew after every crash. */
  public Optional<Instant> checkpointerStart() {
    return process
        .children()
        .filter(
            child ->
                table
                    .title(child.pid())
                    .filter(title -> title.matches("postgres: (.*: )?checkpointer( process)?"))
                    .isPresent())
        .flatMap(child -> child.info().startInstant().stream())
        .findFirst();
  }

  /**
   * Refuses process ids that stand for something else than a backend of this server. Those that
   * stand for nothing are fine: whoever had them is gone.
   */
  public void requireBackends(Collection<Integer> pids) {
    for (int pid : pids) {
      if (inspect(pid) instanceof Inspected.Stranger stranger) {
        throw new GuardRefusal(
            "parameter pids: "
                + pid
                + " is no backend of this server that may be signalled: "
                + stranger.reason()
                + "; nothing was touched",
            "Take process ids from the pid column of pgkill:list-sessions.");
      }
    }
  }

  private void prove() {
    requireExecutable();
    Instant start =
        process
            .info()
            .startInstant()
            .orElseThrow(() -> stranger(instance, "this system does not say when it began"));
    if (!Clocks.agree(start, instance.startedAt())) {
      throw stranger(instance, "it began at " + start + ", the server at " + instance.startedAt());
    }
    try {
      if (!table.worksIn(process.pid(), instance.dataDirectory())) {
        throw stranger(instance, "it does not work in that directory");
      }
      if (!table.sharesOurPids(process.pid())) {
        throw stranger(
            instance, "it runs in a container, whose process ids are not this machine's");
      }
    } catch (AccessDeniedException e) {
      throw new PgkillFailure(
          "this user may not look at the server's process, pid " + process.pid(), AS_ITS_OWNER, e);
    } catch (IOException e) {
      throw stranger(instance, "it ended a moment ago");
    }
  }

  private void requireExecutable() {
    String command = process.info().command().orElse(null);
    if (command == null) {
      if (!process.isAlive()) {
        throw stranger(instance, "it ended a moment ago");
      }
      throw new PgkillFailure(
          "this user may not look at the server's process, pid " + process.pid(), AS_ITS_OWNER);
    }
    if (!ServerProgram.isNamed(command)) {
      throw stranger(instance, "it is " + command);
    }
  }

  private static GuardRefusal stranger(Instance instance, String why) {
    return new GuardRefusal(
        "process "
            + instance.pid()
            + " of "
            + instance.dataDirectory().resolve("postmaster.pid")
            + " is not the server of that directory: "
            + why,
        "Is the server running, here and not in a container? Name its data directory:"
            + " -Dpgkill.dataDirectory=...");
  }
}
