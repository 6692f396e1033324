package io.github.pgkill.model.lockout;

/**
 * What tells one process from every other that ever ran under its number, for those who can see it:
 * on the same boot of the same kernel, in the same namespace of processes.
 *
 * @param bootId random number of the kernel's boot
 * @param namespace of process numbers, which two containers on one machine do not share
 * @param startTicks when the process began, in the kernel's clock ticks since the boot
 */
public record ProcessMark(String bootId, String namespace, long startTicks) {

  /** Whether both are seen from the same place, so that process numbers mean the same there. */
  public boolean sameMachine(ProcessMark other) {
    return bootId.equals(other.bootId) && namespace.equals(other.namespace);
  }
}
