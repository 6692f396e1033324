package io.github.pgkill.connection;

import io.github.pgkill.model.connection.ConnectionSettings;
import java.util.List;

/**
 * A connection with what the user should hear about it.
 *
 * @param settings everything that is needed to connect
 * @param notes one sentence each: values that were overruled, settings that have no effect; no
 *     secret among them
 */
public record ResolvedConnection(ConnectionSettings settings, List<String> notes) {

  public ResolvedConnection {
    notes = List.copyOf(notes);
  }
}
