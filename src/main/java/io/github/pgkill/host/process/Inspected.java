package io.github.pgkill.host.process;

/** What a process id turned out to stand for, seen from one server: its backend, or not. */
public sealed interface Inspected permits BackendProcess, Inspected.Gone, Inspected.Stranger {

  /** There is no such process any more. */
  record Gone() implements Inspected {}

  /**
   * Not a backend of this server, or not provably one.
   *
   * @param reason why, in words that follow "pid 4711: "
   */
  record Stranger(String reason) implements Inspected {}
}
