package io.github.pgkill.host.restart;

import io.github.pgkill.model.failure.InvalidParameter;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names that a method hands on. What its program would read in another way is refused. */
final class ServiceNames {

  /** What systemd, service and brew are asked for when the user names nothing. */
  static final String DEFAULT = "postgresql";

  private ServiceNames() {}

  /**
   * The name, if it can only be read as one.
   *
   * @param name null for the default
   * @param form what a name looks like to that program
   * @param what how the program calls such a name
   * @throws InvalidParameter when it may be read as an option, a pattern or several names
   */
  static String require(@Nullable String name, Pattern form, String what) {
    String wanted = name == null ? DEFAULT : name;
    if (!form.matcher(wanted).matches()) {
      throw new InvalidParameter(
          "serviceName",
          "'" + wanted.replaceAll("\\p{Cntrl}", "?") + "' cannot be " + what,
          "Write the name alone: no option, no pattern, no space, quote or line break.");
    }
    return wanted;
  }
}
