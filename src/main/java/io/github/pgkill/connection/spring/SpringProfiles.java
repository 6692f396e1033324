package io.github.pgkill.connection.spring;

import io.github.pgkill.model.failure.PgkillFailure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The profiles that Spring accepts.
 *
 * @param active those that were asked for, with their groups
 * @param accepted the active ones, or the default ones when there are none
 */
record SpringProfiles(List<String> active, List<String> accepted) {

  private static final String GROUP = "spring.profiles.group.";
  private static final String INCLUDE = "spring.profiles.include";
  private static final String ACTIVE = "spring.profiles.active";
  private static final String DEFAULT = "spring.profiles.default";

  /** What may not stand in a document of a profile. */
  static final List<String> FORBIDDEN = List.of(INCLUDE, ACTIVE, DEFAULT);

  /**
   * Reads them from what is known before.
   *
   * @throws PgkillFailure when Spring would not start with them
   */
  static SpringProfiles read(SpringConfiguration configuration, List<SpringDocument> documents) {
    Set<String> active = new LinkedHashSet<>();
    Map<String, List<String>> groups = new LinkedHashMap<>();
    for (SpringDocument document : documents) {
      if (!configuration.isActive(document)) {
        refuseInactive(document);
        continue;
      }
      configuration.list(document, INCLUDE).ifPresent(active::addAll);
      document
          .source()
          .ifPresent(
              source -> groups(configuration, document, source).forEach(groups::putIfAbsent));
    }
    first(configuration, documents, ACTIVE).ifPresent(active::addAll);
    List<String> expanded = expand(active, groups);
    List<String> fallback =
        expand(first(configuration, documents, DEFAULT).orElse(List.of("default")), groups);
    expanded.forEach(SpringProfiles::check);
    fallback.forEach(SpringProfiles::check);
    return new SpringProfiles(expanded, expanded.isEmpty() ? fallback : expanded);
  }

  private static Optional<List<String>> first(
      SpringConfiguration configuration, List<SpringDocument> documents, String name) {
    return documents.stream()
        .filter(configuration::isActive)
        .map(document -> configuration.list(document, name))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Map<String, List<String>> groups(
      SpringConfiguration configuration, SpringDocument document, SpringSource source) {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    for (String name : source.names()) {
      String uniform = SpringSource.uniform(name.replace('_', '.'));
      if (uniform.startsWith(GROUP)) {
        String group = name.substring(GROUP.length()).replaceFirst("\\[\\d+]$", "");
        if (!name.startsWith(GROUP) || !group.matches("[\\w-]+|\\[[^\\[\\]]+]")) {
          throw new PgkillFailure(
              source.label()
                  + " has a profile group in a spelling that connectionFrom does not read",
              "Write " + GROUP + "NAME, or give -Dpgkill.url.");
        }
        configuration
            .list(document, GROUP + group)
            .ifPresent(members -> groups.put(group.replaceAll("[\\[\\]]", ""), members));
      }
    }
    return groups;
  }

  /** Each profile is followed by those of its group. */
  private static List<String> expand(Iterable<String> profiles, Map<String, List<String>> groups) {
    Set<String> expanded = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>();
    profiles.forEach(open::addLast);
    while (!open.isEmpty()) {
      String profile = open.pop();
      if (expanded.add(profile)) {
        List<String> members = groups.getOrDefault(profile, List.of());
        for (int i = members.size() - 1; i >= 0; i--) {
          open.push(members.get(i));
        }
      }
    }
    return new ArrayList<>(expanded);
  }

  private static void check(String profile) {
    if (!profile.matches("[\\p{L}\\p{Nd}]([\\p{L}\\p{Nd}_.+@-]*[\\p{L}\\p{Nd}])?")) {
      throw new PgkillFailure(
          "spring.profiles has a name that Spring Boot does not start with",
          "Mend it, or give -Dpgkill.url.");
    }
  }

  private static void refuseInactive(SpringDocument document) {
    document
        .source()
        .ifPresent(
            source -> {
              for (String name : FORBIDDEN) {
                refuseIn(source, name);
              }
              for (String name : source.names()) {
                if (SpringSource.uniform(name).startsWith(GROUP)) {
                  throw forbidden(source, name);
                }
              }
            });
  }

  /** Refuses a setting that Spring does not allow where it stands. */
  static void refuseIn(SpringSource source, String name) {
    if (source.bound(name).or(() -> source.bound(name + "[0]")).isPresent()) {
      throw forbidden(source, name);
    }
  }

  private static PgkillFailure forbidden(SpringSource source, String name) {
    return new PgkillFailure(
        source.label()
            + " has "
            + name
            + ", which Spring Boot does not allow in a profile's document",
        "Move it to a document for all profiles, or give -Dpgkill.url.");
  }
}
