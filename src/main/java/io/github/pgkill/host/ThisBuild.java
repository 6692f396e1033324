package io.github.pgkill.host;

import io.github.pgkill.model.BuildIdentity;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Who this build is, and whether another identity is this build or one that started it. */
public final class ThisBuild {

  private static final BuildIdentity IDENTITY =
      new BuildIdentity(
          new SecureRandom().nextInt(),
          hostName(),
          ProcessHandle.current().pid(),
          startOf(ProcessHandle.current()));

  private static final Duration CLOCK = Duration.ofSeconds(5);

  private ThisBuild() {}

  /** The identity of this build, the same for all its goals and modules. */
  public static BuildIdentity identity() {
    return IDENTITY;
  }

  /** Whether a lockout of that build is ours: our own, or of a build that forked this one. */
  public static boolean isOrDescendsFrom(BuildIdentity other) {
    if (other.key() == IDENTITY.key()) {
      return true;
    }
    if (!other.host().equals(IDENTITY.host())) {
      return false;
    }
    Optional<ProcessHandle> process = ProcessHandle.current().parent();
    while (process.isPresent()) {
      ProcessHandle ancestor = process.get();
      if (ancestor.pid() == other.pid() && began(ancestor, other)) {
        return true;
      }
      process = ancestor.parent();
    }
    return false;
  }

  /** Whether that build ran on this machine and its process is certainly gone. */
  public static boolean hasEnded(BuildIdentity other) {
    if (!other.host().equals(IDENTITY.host())) {
      return false;
    }
    return ProcessHandle.of(other.pid()).map(process -> !began(process, other)).orElse(true);
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
