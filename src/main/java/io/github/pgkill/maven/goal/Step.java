package io.github.pgkill.maven.goal;

import io.github.pgkill.maven.parameter.Choice;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.host.BuildStep;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Secret;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One step of {@code beforeTerminate} or {@code afterTerminate} as Maven binds it: {@code <sql>},
 * {@code <sqlFile>} or {@code <command>}, or a {@code <step>} that holds one of them.
 */
public class Step {

  private static final String TIMEOUT = "10m";

  /** What variables with a secret in them are called. */
  private static final Pattern SECRET =
      Pattern.compile(
          "(?:PASS(?:WORD|WD|PHRASE)?|_PWD|SECRET|TOKEN|CREDENTIALS?|API_?KEY)$",
          Pattern.CASE_INSENSITIVE);

  private @Nullable String sql;
  private @Nullable String sqlFile;
  private @Nullable List<String> command;
  private @Nullable String database;
  private @Nullable String workingDirectory;
  private @Nullable Map<String, String> environment;
  private @Nullable String timeout;
  private @Nullable List<String> successCodes;

  /** Where statements run. */
  enum Place {
    TARGET,
    MAINTENANCE
  }

  /** Statements, separated by semicolons. */
  public void setSql(String text) {
    sql = text;
  }

  /** A file of statements, UTF-8, relative to the project's directory. */
  public void setSqlFile(String file) {
    sqlFile = file;
  }

  /** A program and its arguments. */
  public void setCommand(List<String> argv) {
    command = argv;
  }

  /** One more word of a program's arguments. */
  final void addArgument(String argument) {
    List<String> all = new ArrayList<>(command == null ? List.of() : command);
    all.add(argument);
    command = all;
  }

  /** Where statements run: {@code target} or {@code maintenance}. */
  public void setDatabase(String place) {
    database = place;
  }

  /** Where a program runs, relative to the project's directory. */
  public void setWorkingDirectory(String directory) {
    workingDirectory = directory;
  }

  /** What a program's environment has besides the build's. */
  public void setEnvironment(Map<String, String> variables) {
    environment = variables;
  }

  /** How long it may take. */
  public void setTimeout(String duration) {
    timeout = duration;
  }

  /** Exit codes that mean success. */
  public void setSuccessCodes(List<String> codes) {
    successCodes = codes;
  }

  /**
   * What it asks for.
   *
   * @param name which one it is, for messages
   * @param base what relative paths are relative to
   * @throws InvalidParameter when it is no step
   */
  final BuildStep read(String name, Path base) {
    requireOneThing(name);
    return command == null ? statements(name, base) : program(name, base, command);
  }

  private void requireOneThing(String name) {
    long things = Stream.of(set(sql), set(sqlFile), set(command)).filter(is -> is).count();
    if (things != 1) {
      throw new InvalidParameter(
          name,
          things == 0 ? "the step says nothing to do" : "the step says more than one thing to do",
          "Write one of <sql>, <sqlFile> and <command> in it.");
    }
    boolean forPrograms = set(workingDirectory) || set(environment) || set(successCodes);
    if (command == null && forPrograms) {
      throw new InvalidParameter(
          name,
          "workingDirectory, environment and successCodes are for commands, not for statements",
          "Drop them.");
    }
    if (command != null && set(database)) {
      throw new InvalidParameter(name, "database is for statements, not for a command", "Drop it.");
    }
  }

  private static boolean set(@Nullable Object value) {
    return value != null;
  }

  private BuildStep statements(String name, Path base) {
    Place place =
        database == null ? Place.TARGET : Choice.of(Place.class, name + ".database", database);
    return new BuildStep.Sql(
        name,
        sqlFile == null ? "" : sqlFile,
        sql == null ? read(name, base, String.valueOf(sqlFile)) : sql,
        BuildStep.Place.valueOf(place.name()),
        Durations.parse(name + ".timeout", timeout == null ? TIMEOUT : timeout));
  }

  private static String read(String name, Path base, String file) {
    Path path = resolve(name, base, file);
    try {
      return Files.readString(path);
    } catch (MalformedInputException e) {
      throw new InvalidParameter(name, path + " is not UTF-8", "Save it as UTF-8.");
    } catch (IOException e) {
      throw new InvalidParameter(
          name,
          "cannot read " + path + " (" + e.getClass().getSimpleName() + ")",
          "Name a file; relative paths are relative to " + base + ".");
    }
  }

  private BuildStep program(String name, Path base, List<String> argv) {
    if (argv.isEmpty() || argv.get(0) == null) {
      throw new InvalidParameter(
          name, "the command names no program", "Write <argv><arg>program</arg>...</argv>.");
    }
    HostCommand bare =
        HostCommand.of(
            argv.stream().map(argument -> argument == null ? "" : argument).toList(),
            Durations.parse(name + ".timeout", timeout == null ? TIMEOUT : timeout));
    Map<String, @Nullable String> variables = new TreeMap<>();
    if (environment != null) {
      // an element without a value is an empty one
      environment.forEach((key, value) -> variables.put(key, value == null ? "" : value));
    }
    Path directory = workingDirectory == null ? base : resolve(name, base, workingDirectory);
    if (!Files.isDirectory(directory)) {
      throw new InvalidParameter(
          name, directory + " is not a directory", "Correct workingDirectory.");
    }
    return new BuildStep.Command(
        name,
        new HostCommand(
            bare.argv(), directory, variables, bare.timeout(), codes(name), secrets(variables)));
  }

  /** Values that are masked wherever the program says them, by what their variables are called. */
  private static List<Secret> secrets(Map<String, @Nullable String> variables) {
    return variables.entrySet().stream()
        .filter(variable -> SECRET.matcher(variable.getKey()).find())
        .map(variable -> new Secret(String.valueOf(variable.getValue())))
        .toList();
  }

  private Set<Integer> codes(String name) {
    if (successCodes == null) {
      return Set.of(0);
    }
    Set<Integer> codes = new TreeSet<>();
    for (String code : successCodes) {
      codes.add(AbstractPgkillMojo.wholeNumber(name + ".successCodes", String.valueOf(code), 0));
    }
    return codes;
  }

  private static Path resolve(String name, Path base, String path) {
    try {
      return base.resolve(path);
    } catch (InvalidPathException e) {
      throw new InvalidParameter(name, "'" + path + "' is not a path", "Correct it.");
    }
  }
}
