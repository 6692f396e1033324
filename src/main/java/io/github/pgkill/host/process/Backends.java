package io.github.pgkill.host.process;

import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.sessions.ProcessSignal;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The processes of one proven server, and the only way to signal any: whatever it gives out was the
 * server's child a moment ago and is held.
 */
public final class Backends {

  private final HostProcess postmaster;

  /** What stands before the role in all titles; asked for until there is an answer. */
  private Optional<String> prefix = Optional.empty();

  Backends(HostProcess postmaster) {
    this.postmaster = postmaster;
  }

  /** Whether this system shows the titles of processes. */
  public boolean showTitles() {
    return postmaster.detailed();
  }

  /** Refuses a signal that this system does not have. */
  public void requireSignal(ProcessSignal signal) {
    if (!postmaster.supportsTerm()) {
      throw new GuardRefusal(
          "this system has no TERM, the signal that is tried before " + signal,
          "End the sessions by the server: pgkill:terminate-sessions.");
    }
  }

  /** What that process is to this server; a backend is held from now on. */
  public Inspected inspect(int pid) {
    Optional<HostProcess> found = postmaster.other(pid);
    if (found.isEmpty()) {
      return new Inspected.Gone();
    }
    HostProcess process = found.get();
    Inspected inspected =
        process.pid() == postmaster.pid()
            ? new Inspected.Stranger("it is the server itself")
            : process.isChildOf(postmaster)
                ? child(process)
                : new Inspected.Stranger("its parent is not the server");
    // what was read is about this process only if it still is the same one
    return process.alive() ? inspected : new Inspected.Gone();
  }

  private Inspected child(HostProcess process) {
    Optional<Instant> start = process.startedAt();
    if (start.isEmpty()) {
      return new Inspected.Stranger("the operating system does not say when it began");
    }
    if (!showTitles()) {
      return new BackendProcess(process, start.get(), Optional.empty());
    }
    try {
      if (!process.worksIn(postmaster.workingDirectory())) {
        return new Inspected.Stranger("it does not work in the server's data directory");
      }
    } catch (IOException e) {
      return new Inspected.Stranger("this user may not see where it works");
    }
    Optional<BackendTitle> title = title(process);
    if (title.isEmpty()) {
      return new Inspected.Stranger("its title is none of a backend");
    }
    if (title.get().readings().isEmpty()) {
      return new Inspected.Stranger(
          "it is a process of the server that serves no client (" + title.get().text() + ")");
    }
    return new BackendProcess(process, start.get(), title);
  }

  Optional<BackendTitle> title(HostProcess process) {
    if (prefix.isEmpty()) {
      prefix =
          BackendTitle.prefixOf(
              postmaster.children().flatMap(child -> child.title().stream()).toList());
    }
    return process.title().flatMap(title -> prefix.flatMap(known -> BackendTitle.of(title, known)));
  }

  /** Every process of this server that may serve a client. */
  public List<BackendProcess> all() {
    return postmaster
        .children()
        .map(child -> inspect((int) child.pid()))
        .filter(BackendProcess.class::isInstance)
        .map(BackendProcess.class::cast)
        .toList();
  }

  /** When the process that replays and checkpoints began: it begins anew after every crash. */
  public Optional<Instant> checkpointerStart() {
    return postmaster
        .children()
        .filter(child -> child.title().filter(BackendTitle::isCheckpointers).isPresent())
        .flatMap(child -> child.startedAt().stream())
        .findFirst();
  }

  /**
   * Refuses process ids that stand for something else than a backend of this server. Those that
   * stand for nothing are fine: whoever had them is gone.
   */
  public void require(Collection<Integer> pids) {
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
}
