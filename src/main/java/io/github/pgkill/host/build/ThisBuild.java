package io.github.pgkill.host.build;

import io.github.pgkill.model.lockout.BuildIdentity;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Optional;

/** Who this build is, and whether another identity is this build or one that started it. */
public final class ThisBuild {

  private static final int NONCE_BYTES = 16;

  private static final BuildIdentity IDENTITY =
      new BuildIdentity(
          nonce(),
          hostName(),
          ProcessHandle.current().pid(),
          startOf(ProcessHandle.current()),
          ProcessMarks.own().orElse(null));

  private static final Duration CLOCK = Duration.ofSeconds(5);

  private ThisBuild() {}

  /** The identity of this build, the same for all its goals and modules. */
  public static BuildIdentity identity() {
    return IDENTITY;
  }

  /** Whether a lockout of that build is ours: our own, or of a build that forked this one. */
  public static boolean isOrDescendsFrom(BuildIdentity other) {
    if (other.is(IDENTITY)) {
      return true;
    }
    if (!other.host().equals(IDENTITY.host()) || elsewhere(other)) {
      return false;
    }
    Optional<ProcessHandle> process = ProcessHandle.current().parent();
    while (process.isPresent()) {
      ProcessHandle ancestor = process.get();
      if (ancestor.pid() == other.pid() && isProcessOf(ancestor, other)) {
        return true;
      }
      process = ancestor.parent();
    }
    return false;
  }

  /**
   * Whether that build's process is certainly gone. One on another machine, in another container or
   * on a system that does not tell cannot be judged: then it is not.
   */
  public static boolean hasEnded(BuildIdentity other) {
    return life(other) == ProcessMarks.Life.ENDED;
  }

  private static ProcessMarks.Life life(BuildIdentity other) {
    return other.mark() == null
        ? ProcessMarks.Life.UNKNOWN
        : ProcessMarks.life(other.pid(), other.mark());
  }

  /** Whether process numbers mean something else there. */
  private static boolean elsewhere(BuildIdentity other) {
    return other.mark() != null
        && IDENTITY.mark() != null
        && !other.mark().sameMachine(IDENTITY.mark());
  }

  private static boolean isProcessOf(ProcessHandle process, BuildIdentity build) {
    return switch (life(build)) {
      case RUNS -> true;
      case ENDED -> false;
      case UNKNOWN -> began(process, build);
    };
  }

  /** Another JVM works it out from the clock of its own time, which may have been set since. */
  private static boolean began(ProcessHandle process, BuildIdentity build) {
    return Duration.between(startOf(process), build.startedAt()).abs().compareTo(CLOCK) < 0;
  }

  private static Instant startOf(ProcessHandle process) {
    return process
        .info()
        .startInstant()
        .map(start -> start.truncatedTo(ChronoUnit.MILLIS))
        .orElse(Instant.EPOCH);
  }

  private static String nonce() {
    byte[] bytes = new byte[NONCE_BYTES];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static String hostName() {
    for (String variable : new String[] {"HOSTNAME", "COMPUTERNAME"}) {
      String name = System.getenv(variable);
      if (name != null && !name.isBlank()) {
        return name.replaceAll("\\p{IsControl}", "");
      }
    }
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "unknown host";
    }
  }
}
