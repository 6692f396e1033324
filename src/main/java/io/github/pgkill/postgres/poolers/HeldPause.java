package io.github.pgkill.postgres.poolers;

import io.github.pgkill.model.failure.PgkillException;

/**
 * The PAUSE of one alias, on a connection of its own: in session pooling it is answered only once
 * the server's sessions are ended.
 */
final class HeldPause {

  private final ConsoleLogin login;
  private final String alias;
  private final PoolerConsole own;
  private volatile String failure = "";
  private volatile boolean answered;
  private volatile boolean over;
  private volatile boolean seen;

  /** Connects, and pauses nothing yet. */
  HeldPause(ConsoleLogin login, String alias) {
    this.login = login;
    this.alias = alias;
    this.own = PoolerConsole.open(login).patient();
  }

  ConsoleLogin login() {
    return login;
  }

  String alias() {
    return alias;
  }

  String console() {
    return login.console().toString();
  }

  /** Sends it, and awaits the answer aside. */
  void begin(Runnable whenAnswered) {
    Thread thread = new Thread(() -> pause(whenAnswered), "pause of " + alias);
    thread.setDaemon(true);
    thread.start();
  }

  private void pause(Runnable whenAnswered) {
    try {
      own.pause(alias);
      answered = true;
      whenAnswered.run();
    } catch (PgkillException e) {
      failure = over ? "" : String.valueOf(e.getMessage());
    }
  }

  /** The console has it: from now on nobody behind this alias gets a connection. */
  void seen() {
    seen = true;
  }

  /** Whether the console is known to have it. */
  boolean isSeen() {
    return seen || answered;
  }

  /** Why the console refused it; empty when it did not. */
  String failure() {
    return failure;
  }

  /** Gives the connection up: a PAUSE that still waits there waits for ever after a RESUME. */
  void abort() {
    over = true;
    own.abort();
  }
}
