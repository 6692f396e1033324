package io.github.pgkill.host.process;

/** What a process id turned out to stand for, seen from one server. */
public sealed interface Inspected {

  /** A backend of this server, and of no other. */
  record Backend(BackendProcess process) implements Inspected {}

  /** There is no such process any more. */
  record Gone() implements Inspected {}

  /**
   * Not a backend of this server, or not provably one.
   *
   * @param reason why, in words that follow "pid 4711: "
   */
  record Stranger(String reason) implements Inspected {}
}
