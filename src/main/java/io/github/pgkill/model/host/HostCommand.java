package io.github.pgkill.model.host;

import io.github.pgkill.model.value.Secret;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A program to run on this machine. It is an argument vector and never a line: no shell sees it.
 *
 * @param argv the program and its arguments; never empty
 * @param directory where it runs; null for the directory of the build
 * @param environment what its environment differs by from ours; a null value takes the variable
 *     away
 * @param timeout how long it may take before it is ended, with its children
 * @param successCodes exit codes that mean success
 * @param secrets values that are masked wherever its words are shown
 */
public record HostCommand(
    List<String> argv,
    @Nullable Path directory,
    Map<String, @Nullable String> environment,
    Duration timeout,
    Set<Integer> successCodes,
    List<Secret> secrets) {

  public HostCommand {
    if (argv.isEmpty()) {
      throw new IllegalArgumentException("a command needs a program");
    }
    argv = List.copyOf(argv);
    // not Map.copyOf(): a null value means something
    environment = Collections.unmodifiableMap(new TreeMap<>(environment));
    successCodes = Set.copyOf(successCodes);
    secrets = List.copyOf(secrets);
  }

  /** With the build's own directory and environment; 0 is success. */
  public static HostCommand of(List<String> argv, Duration timeout) {
    return new HostCommand(argv, null, Map.of(), timeout, Set.of(0), List.of());
  }

  /** The same with further differences of its environment. */
  public HostCommand withEnvironment(Map<String, @Nullable String> more) {
    Map<String, @Nullable String> all = new TreeMap<>(environment);
    all.putAll(more);
    return new HostCommand(argv, directory, all, timeout, successCodes, secrets);
  }

  /** The same with another value that must not be shown. */
  public HostCommand withSecret(Secret secret) {
    List<Secret> all = new ArrayList<>(secrets);
    all.add(secret);
    return new HostCommand(argv, directory, environment, timeout, successCodes, all);
  }

  /** The same in another directory. */
  public HostCommand in(Path other) {
    return new HostCommand(argv, other, environment, timeout, successCodes, secrets);
  }

  /** The program's name as it was given. */
  public String program() {
    return argv.get(0);
  }

  /**
   * The argument vector for people, quoted as a POSIX shell would read it, without secrets. For
   * reading only; it is never executed.
   */
  public String described() {
    return mask(String.join(" ", argv.stream().map(HostCommand::quoted).toList()));
  }

  /** That text without this command's secrets. */
  public String mask(String text) {
    String masked = text;
    for (Secret secret : secrets) {
      if (!secret.reveal().isEmpty()) {
        masked = masked.replace(secret.reveal(), secret.toString());
      }
    }
    return masked;
  }

  private static String quoted(String argument) {
    if (argument.matches("[A-Za-z0-9_@%+=:,./-]+")) {
      return argument;
    }
    return argument.chars().anyMatch(c -> c < ' ')
        ? "$'" + escaped(argument) + "'"
        : "'" + argument.replace("'", "'\\''") + "'";
  }

  private static String escaped(String argument) {
    StringBuilder text = new StringBuilder();
    for (char c : argument.toCharArray()) {
      switch (c) {
        case '\n' -> text.append("\\n");
        case '\t' -> text.append("\\t");
        case '\'', '\\' -> text.append('\\').append(c);
        default -> text.append(c < ' ' ? String.format("\\x%02x", (int) c) : String.valueOf(c));
      }
    }
    return text.toString();
  }
}
