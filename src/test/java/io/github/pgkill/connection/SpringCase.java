package io.github.pgkill.connection;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A project that may hold anything Spring lets take part in the choice of a database. */
final class SpringCase {

  private static final List<String> FOLDERS =
      List.of(
          "src/main/resources/",
          "src/main/resources/",
          "src/main/resources/",
          "src/main/resources/config/",
          "",
          "config/",
          "config/a/",
          "config/b/");
  private static final List<String> EXTENSIONS = List.of("properties", "yml", "yml", "yaml");
  private static final List<String> PROFILES = List.of("dev", "ci", "db", "default");
  private static final List<String> EXPRESSIONS =
      List.of(
          "dev",
          "ci",
          "!dev",
          "dev & ci",
          "dev | db",
          "(dev | ci) & !db",
          "default",
          "dev,ci",
          "!default");
  private static final List<String> URLS =
      List.of(
          "spring.datasource.url",
          "spring.datasource.url",
          "spring.datasource.url",
          "spring.dataSource.url",
          "spring.data-source.url",
          "spring.datasource.URL",
          "spring.datasource.hikari.jdbc-url",
          "spring.datasource.hikari.jdbcUrl");
  private static final List<String> USERS =
      List.of(
          "spring.datasource.username",
          "spring.datasource.username",
          "spring.datasource.hikari.username",
          "spring.datasource.user-name");
  private static final List<String> KEYS =
      List.of("db.name", "db-host", "dbHost", "DB_HOST", "db.host", "stage", "a.b-c");
  private static final List<String> IMPORTS =
      List.of(
          "more.properties",
          "classpath:more.yml",
          "optional:classpath:missing.yml",
          "file:./outside.properties",
          "optional:file:.env[.properties]",
          "optional:file:./sub/",
          "classpath:more.yml,optional:file:.env[.properties]",
          "optional:classpath:/imp/;optional:file:./sub/",
          "optional:more.yml");

  private final Random random;
  private final Path directory;
  private final Map<String, String> properties = new TreeMap<>();
  private final Map<String, String> variables = new HashMap<>();
  private final Map<String, String> files = new LinkedHashMap<>();
  private int number;

  SpringCase(Random random, Path directory) throws IOException {
    this.random = random;
    this.directory = directory;
    Files.createDirectories(directory.resolve("home"));
    Files.createDirectories(directory.resolve("src/main/resources"));
    properties.put("user.home", directory.resolve("home").toString());
    properties.put("user.name", "me");
    file("src/main/resources/application." + any(EXTENSIONS), true, true);
    for (int i = random.nextInt(4); i > 0; i--) {
      boolean profile = random.nextInt(5) < 3;
      file(
          any(FOLDERS)
              + "application"
              + (profile ? "-" + any(PROFILES) : "")
              + "."
              + any(EXTENSIONS),
          !profile,
          false);
    }
    if (files.toString().contains("more") || files.toString().contains("file:") || one(3)) {
      for (String name :
          List.of(
              "src/main/resources/more.properties",
              "src/main/resources/more.yml",
              "outside.properties",
              ".env",
              "sub/application.yml",
              "src/main/resources/imp/application.properties")) {
        if (!one(4)) {
          file(name, one(2), false);
        }
      }
      if (one(2)) {
        file(
            "src/main/resources/more-" + any(PROFILES) + (one(2) ? ".properties" : ".yml"),
            false,
            false);
      }
    }
    outside();
    for (Map.Entry<String, String> file : files.entrySet()) {
      Path path = directory.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.writeString(path, file.getValue(), StandardCharsets.UTF_8);
    }
  }

  private void outside() {
    if (one(3)) {
      variables.put("SPRING_PROFILES_ACTIVE", profiles());
    }
    if (one(5)) {
      properties.put("spring.profiles.active", profiles());
    }
    if (one(8)) {
      variables.put("SPRING_PROFILES_INCLUDE", profiles());
    }
    if (one(12)) {
      variables.put("SPRING_DATASOURCE_URL", url());
    }
    if (one(12)) {
      variables.put(
          any(List.of("SPRING_DATASOURCE_HIKARI_JDBC_URL", "SPRING_DATASOURCE_HIKARI_JDBCURL")),
          url());
    }
    if (one(10)) {
      variables.put("SPRING_DATASOURCE_USERNAME", one(4) ? "" : "variable");
    }
    if (one(12)) {
      properties.put("spring.datasource.url", url());
    }
    if (one(10)) {
      variables.put(
          "SPRING_APPLICATION_JSON",
          any(
              List.of(
                  "{\"spring\":{\"datasource\":{\"username\":\"json\"}}}",
                  "{\"spring.datasource.url\":\"" + url() + "\"}",
                  "{\"spring\":{\"profiles\":{\"active\":[\"dev\",\"ci\"]}}}",
                  "{\"db\":{\"name\":7}}")));
    }
    if (one(12)) {
      variables.put(
          any(
              List.of(
                  "SPRING_DATASOURCE_URL_",
                  "spring.datasource.url",
                  "spring_datasource_url",
                  "Spring_Datasource_Url")),
          url());
    }
    if (one(15)) {
      properties.put(
          any(List.of("spring.dataSource.url", "spring.datasource.hikari.username")),
          "jdbc:postgresql://t/d");
    }
    if (one(15)) {
      variables.put("SPRING_PROFILES_ACTIVE_0", any(PROFILES));
    }
    if (one(12)) {
      variables.put("SPRING_CONFIG_IMPORT", "optional:file:./outside.properties");
    }
    if (one(16)) {
      variables.put(
          "SPRING_CONFIG_LOCATION",
          any(List.of("optional:file:./config/", "classpath:/,optional:file:./sub/")));
    }
    if (one(12)) {
      variables.put("SPRING_CONFIG_ADDITIONAL_LOCATION", "optional:file:./sub/");
    }
    if (one(20)) {
      variables.put("SPRING_CONFIG_NAME", any(List.of("application,more", "more")));
    }
    for (String name : List.of("DB_HOST", "DBHOST", "DB_NAME", "STAGE", "db_host", "A_BC")) {
      if (one(8)) {
        variables.put(
            name,
            name.equals("STAGE") ? any(PROFILES) : "v" + name.toLowerCase(java.util.Locale.ROOT));
      }
    }
  }

  private void file(String name, boolean forAll, boolean first) {
    if (files.containsKey(name)) {
      return;
    }
    boolean yaml = !name.endsWith("properties") && !name.endsWith(".env");
    int count = one(3) ? 1 + random.nextInt(3) : 1;
    List<String> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, String> document = document(forAll, first && i == 0);
      documents.add(yaml ? yaml(document) : properties(document));
    }
    files.put(name, String.join(yaml ? "---\n" : one(2) ? "#---\n" : "!---\n", documents));
  }

  private Map<String, String> document(boolean forAll, boolean first) {
    Map<String, String> document = new LinkedHashMap<>();
    boolean conditional = !first && one(2);
    if (conditional) {
      document.put("spring.config.activate.on-profile", any(EXPRESSIONS));
    }
    if (first || one(2)) {
      document.put(first ? "spring.datasource.url" : any(URLS), url());
    }
    if (first || one(3)) {
      document.put(any(USERS), one(8) ? "" : one(4) ? "${db.name:u}" : "user" + number++);
    }
    if (one(3)) {
      document.put("spring.datasource.password", one(4) ? "0123" : "p" + number++);
    }
    for (String key : KEYS) {
      if (one(first ? 3 : 8)) {
        document.put(key, key.equals("stage") ? any(PROFILES) : "k" + number++);
      }
    }
    if ((forAll && !conditional) || one(25)) {
      if (one(4)) {
        document.put(
            any(
                List.of(
                    "spring.profiles.active",
                    "spring.profiles.active",
                    "spring.profiles.active[0]")),
            one(3) ? "${STAGE:ci}" : any(PROFILES));
      }
      if (one(7)) {
        document.put("spring.profiles.include", profiles());
      }
      if (one(7)) {
        document.put("spring.profiles.group." + any(PROFILES), profiles());
      }
      if (one(10)) {
        document.put("spring.profiles.default", any(PROFILES));
      }
    }
    if (one(5)) {
      document.put(
          "spring.config.import", one(8) ? "optional:classpath:${stage:more}.yml" : any(IMPORTS));
    }
    return document;
  }

  private String url() {
    return "jdbc:postgresql://h"
        + number++
        + "/"
        + any(
            List.of(
                "d",
                "d",
                "d",
                "${db.name:x}",
                "${db-host:y}",
                "${dbHost:z}",
                "${DB_HOST:w}",
                "${stage:${db.name:q}}",
                "${db.host:${db-host:${DB_HOST:e}}}",
                "${a.b-c:f}",
                "d?user=inurl",
                "${user.name}",
                "d?password=inurl&user=${stage:n}"));
  }

  private String profiles() {
    return one(6) ? "" : one(3) ? any(PROFILES) + "," + any(PROFILES) : any(PROFILES);
  }

  /** Comments beside a divider decide whether it is one. */
  private String properties(Map<String, String> document) {
    StringBuilder text =
        new StringBuilder(one(6) ? "# a comment\n" : one(8) ? "\n! another\n" : "");
    document.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    return text.append(one(8) ? "# the end\n" : "").toString();
  }

  /** Flat or nested keys, one way or the other. */
  private String yaml(Map<String, String> document) {
    boolean nested =
        one(2) && document.keySet().stream().allMatch(key -> key.startsWith("spring."));
    StringBuilder text = new StringBuilder(nested ? "spring:\n" : "");
    document.forEach(
        (name, value) -> {
          String key = nested ? "  " + name.substring("spring.".length()) : name;
          String quoted = value.matches("[\\w./]+") ? value : "\"" + value + "\"";
          if (key.endsWith("[0]")) {
            text.append(key.replace("[0]", "")).append(": [").append(quoted).append("]\n");
          } else if (value.contains(",") && one(2)) {
            text.append(key).append(": [").append(value.replace(",", ", ")).append("]\n");
          } else {
            text.append(key).append(": ").append(quoted).append('\n');
          }
        });
    return text.toString();
  }

  private boolean one(int of) {
    return random.nextInt(of) == 0;
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  Path directory() {
    return directory;
  }

  Map<String, String> properties() {
    return properties;
  }

  Map<String, String> variables() {
    return variables;
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder("-D " + properties + ", environment " + variables + "\n");
    files.forEach((name, content) -> text.append("== ").append(name).append('\n').append(content));
    return text.toString();
  }
}
