package io.github.pgkill.postgres.poolers;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.postgres.core.CheckedSocketFactory;
import io.github.pgkill.postgres.core.Dial;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * How a console is reached, and by whom: at the addresses that the guard let through, with the TLS
 * of the connection to the server.
 *
 * @param console where it is
 * @param properties what the driver is told; the password is among it
 */
record ConsoleLogin(HostAddress console, Map<String, String> properties) {

  ConsoleLogin {
    properties = Map.copyOf(properties);
  }

  static ConsoleLogin of(ConnectionSettings settings, HostAddress console, DialPlan plan) {
    Properties properties = new Properties();
    settings
        .driverProperties()
        .forEach(
            (name, value) -> {
              if (name.startsWith("ssl") || name.equals("gssEncMode")) {
                properties.setProperty(name, value);
              }
            });
    properties.setProperty("PGHOST", console.handle());
    properties.setProperty("PGPORT", Integer.toString(console.port()));
    properties.setProperty("PGDBNAME", "pgbouncer");
    // the console knows simple queries only, and none of the settings that the driver would make
    properties.setProperty("preferQueryMode", "simple");
    properties.setProperty("replication", "database");
    properties.setProperty("user", String.valueOf(settings.poolers().user()));
    Secret password = settings.poolers().password();
    // never absent: the driver would read .pgpass itself then, whatever its permissions
    properties.setProperty("password", password == null ? "" : password.reveal());
    properties.putAll(CheckedSocketFactory.driverProperties(plan));
    Dial.bound(properties, settings.connectTimeout(), 1);
    Map<String, String> all = new TreeMap<>();
    properties.stringPropertyNames().forEach(name -> all.put(name, properties.getProperty(name)));
    return new ConsoleLogin(console, all);
  }

  Properties driverProperties() {
    Properties all = new Properties();
    all.putAll(properties);
    return all;
  }

  String user() {
    return String.valueOf(properties.get("user"));
  }

  /** Without the properties, which hold the password. */
  @Override
  public String toString() {
    return "ConsoleLogin[" + console + "]";
  }
}
