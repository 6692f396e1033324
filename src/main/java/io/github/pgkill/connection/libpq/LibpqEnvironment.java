package io.github.pgkill.connection.libpq;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.connection.environment.Origin;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads libpq's environment variables (its documentation, chapter "Environment Variables"). */
public final class LibpqEnvironment {

  /** By variable: who, where, and what makes a connection safe. Not the tuning. */
  private static final Map<String, String> KEYWORDS = keywords();

  private LibpqEnvironment() {}

  public static Keywords read(Environment environment) {
    Keywords keywords =
        new Keywords(
            new Origin(
                "the environment",
                null,
                KEYWORDS.entrySet().stream()
                    .collect(
                        Collectors.toMap(
                            Map.Entry::getValue,
                            entry -> "environment variable " + entry.getKey()))));
    KEYWORDS.forEach(
        (name, keyword) ->
            environment.variable(name).ifPresent(value -> keywords.put(keyword, value)));
    return keywords;
  }

  private static Map<String, String> keywords() {
    Map<String, String> keywords = new LinkedHashMap<>();
    keywords.put("PGHOST", Keywords.HOST);
    keywords.put("PGHOSTADDR", Keywords.HOSTADDR);
    keywords.put("PGPORT", Keywords.PORT);
    keywords.put("PGDATABASE", Keywords.DBNAME);
    keywords.put("PGUSER", Keywords.USER);
    keywords.put("PGPASSWORD", Keywords.PASSWORD);
    keywords.put("PGPASSFILE", Keywords.PASSFILE);
    keywords.put("PGSERVICE", Keywords.SERVICE);
    keywords.put("PGSERVICEFILE", Keywords.SERVICE_FILE);
    keywords.put("PGCONNECT_TIMEOUT", Keywords.CONNECT_TIMEOUT);
    keywords.put("PGTARGETSESSIONATTRS", "target_session_attrs");
    keywords.put("PGSSLMODE", "sslmode");
    keywords.put("PGSSLROOTCERT", "sslrootcert");
    keywords.put("PGSSLCERT", "sslcert");
    keywords.put("PGSSLKEY", "sslkey");
    keywords.put("PGSSLNEGOTIATION", "sslNegotiation");
    keywords.put("PGSSLCRL", "sslcrl");
    keywords.put("PGSSLCRLDIR", "sslcrldir");
    keywords.put("PGSSLCERTMODE", "sslcertmode");
    keywords.put("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version");
    keywords.put("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version");
    keywords.put("PGREQUIREPEER", "requirepeer");
    keywords.put("PGREQUIREAUTH", "requireAuth");
    keywords.put("PGCHANNELBINDING", "channelBinding");
    keywords.put("PGGSSENCMODE", "gssEncMode");
    keywords.put("PGKRBSRVNAME", "kerberosServerName");
    return keywords;
  }
}
