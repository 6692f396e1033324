package io.github.pgkill.connection.spring;

import io.github.pgkill.model.failure.PgkillFailure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** What the application would find: its sources, what wins first, and what else there is. */
final class SpringEnvironment {

  private static final Pattern OF_PROCESS =
      Pattern.compile(
          "(java|jdk|sun|os|file|path|line|native)\\.[a-z.]+|user\\.(dir|language|country|timezone)"
              + "|spring\\.application\\.(pid|version)|PID");

  private final List<SpringSource> sources;
  private final List<SpringDocument> all;
  private final List<SpringSource> undecided;
  private final SpringProfiles profiles;

  /**
   * Takes what was read.
   *
   * @param sources those that count, what wins first
   * @param undecided those that count on some cloud platform only
   * @param all every document there is, those of other profiles included
   */
  SpringEnvironment(
      List<SpringSource> sources,
      List<SpringSource> undecided,
      List<SpringDocument> all,
      SpringProfiles profiles) {
    this.sources = sources;
    this.undecided = undecided;
    this.all = all;
    this.profiles = profiles;
  }

  /**
   * A value of a setting.
   *
   * @param name the setting
   * @param text its value, placeholders resolved
   * @param source where it stands
   */
  record Value(String name, String text, String source) {}

  Optional<Value> get(String name) {
    refuseUndecided(name);
    return sources.stream()
        .filter(source -> source.bound(name).isPresent())
        .findFirst()
        .map(
            source ->
                new Value(
                    name,
                    new Placeholders(this::lookUp).resolve(name, source.bound(name).orElseThrow()),
                    source.label()));
  }

  private Optional<String> lookUp(String name) {
    refuseProcess(name);
    refuseUndecided(name);
    Optional<String> relaxed =
        SpringSource.CANONICAL.matcher(name).matches()
            ? sources.stream().map(s -> s.bound(name)).flatMap(Optional::stream).findFirst()
            : Optional.empty();
    return relaxed.or(
        () -> sources.stream().map(s -> s.exact(name)).flatMap(Optional::stream).findFirst());
  }

  /** Refuses what only the application's own process knows. */
  static void refuseProcess(String name) {
    if (name.startsWith("random.")) {
      throw new PgkillFailure(
          "the configuration refers to ${random...}, which is another value in each process",
          "Give -Dpgkill.url instead.");
    }
    if (OF_PROCESS.matcher(name).matches()) {
      throw new PgkillFailure(
          "the configuration refers to ${" + name + "}, which only the application's process knows",
          "Give -Dpgkill.url instead.");
    }
  }

  private void refuseUndecided(String name) {
    for (SpringSource source : undecided) {
      if (source.bound(name).isPresent()) {
        throw new PgkillFailure(
            source.label() + " has " + name + " for a cloud platform only",
            "Give -Dpgkill.url instead.");
      }
    }
  }

  /** The names of all settings that count, below a prefix, with where they stand. */
  Map<String, String> below(String prefix) {
    Map<String, String> names = new LinkedHashMap<>();
    String uniform = SpringSource.uniform(prefix) + ".";
    for (SpringSource source : sources) {
      for (String name : source.uniformNames()) {
        if (name.startsWith(uniform)) {
          names.putIfAbsent(name.substring(uniform.length()), source.label());
        }
      }
    }
    return names;
  }

  /** The profiles in force, for people. */
  String inForce() {
    return profiles.active().isEmpty()
        ? "no profile but " + String.join(", ", profiles.accepted())
        : "profile " + String.join(", profile ", profiles.active());
  }

  /** Keys that end in {@code url}, in whatever document, with where they stand. */
  List<String> urls() {
    List<String> urls = new ArrayList<>();
    for (SpringDocument document : all) {
      document
          .source()
          .filter(source -> !source.isEnvironment())
          .ifPresent(
              source -> {
                for (String name : source.names()) {
                  if (name.matches("(?i).*(^|[.-])?url")
                      && !name.matches("(?i)(java|sun|maven)\\..*")) {
                    urls.add(name + " in " + source.label() + condition(document));
                  }
                }
              });
    }
    return urls;
  }

  private static String condition(SpringDocument document) {
    return document.onProfile().isEmpty()
        ? ""
        : " on profile " + String.join(" or ", document.onProfile());
  }

  /** Profiles that some document is for, besides those in force. */
  List<String> otherProfiles() {
    TreeSet<String> others = new TreeSet<>();
    all.forEach(document -> others.addAll(document.onProfile()));
    others.removeAll(profiles.accepted());
    return List.copyOf(others);
  }
}
