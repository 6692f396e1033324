package io.github.pgkill.connection.spring;

import io.github.pgkill.connection.build.BuildContext;
import io.github.pgkill.connection.spring.SpringDocument.Phase;
import io.github.pgkill.connection.spring.SpringFiles.Found;
import io.github.pgkill.connection.spring.SpringLocation.Reference;
import io.github.pgkill.model.failure.PgkillFailure;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Builds Spring's environment in Spring's own order ({@code ConfigDataEnvironment}): the places to
 * search, then without profiles every file and import, then the profiles, then the files and
 * imports of the profiles. What Spring would not start with is refused.
 */
final class SpringConfiguration {

  private static final String IMPORT = "spring.config.import";
  private static final String ON_PROFILE = "spring.config.activate.on-profile";
  private static final String ON_CLOUD = "spring.config.activate.on-cloud-platform";
  private static final List<String> CLASS_PATH =
      List.of("optional:classpath:/;optional:classpath:/config/");
  private static final List<String> DIRECTORY =
      List.of("optional:file:./;optional:file:./config/;optional:file:./config/*/");

  private final SpringFiles files;
  private final List<SpringSource> outside;
  private final List<String> names;
  private final SpringDocument root = SpringDocument.search(List.of());
  private final Set<String> loaded = new HashSet<>();
  private Optional<SpringProfiles> profiles = Optional.empty();

  private SpringConfiguration(BuildContext build) {
    this.files = new SpringFiles(build);
    this.outside = SpringOutside.read(build);
    this.names = outside("spring.config.name").orElse(List.of("application"));
  }

  static SpringEnvironment read(BuildContext build) {
    SpringConfiguration configuration = new SpringConfiguration(build);
    configuration.read();
    return configuration.environment();
  }

  private SpringEnvironment environment() {
    List<SpringDocument> all = root.inOrder();
    return new SpringEnvironment(
        all.stream().filter(this::isActive).flatMap(d -> d.source().stream()).toList(),
        all.stream()
            .filter(document -> document.onCloud() && fulfils(document))
            .flatMap(document -> document.source().stream())
            .toList(),
        all,
        profiles.orElseThrow());
  }

  private void read() {
    List<SpringDocument> first = new ArrayList<>();
    outside.forEach(source -> first.add(SpringDocument.existing(source)));
    first.addAll(places(outside(IMPORT).orElse(List.of())));
    first.addAll(places(outside("spring.config.additional-location").orElse(List.of())));
    first.addAll(
        places(
            outside("spring.config.location")
                .orElse(Stream.concat(CLASS_PATH.stream(), DIRECTORY.stream()).toList())));
    root.add(Phase.BEFORE, first);
    process(Phase.BEFORE);
    profiles = Optional.of(SpringProfiles.read(this, root.inOrder()));
    process(Phase.AFTER);
    root.inOrder().forEach(SpringConfiguration::refuseForbidden);
  }

  /** A later place wins. */
  private static List<SpringDocument> places(List<String> locations) {
    List<SpringDocument> places = new ArrayList<>();
    locations.forEach(location -> places.add(SpringDocument.search(List.of(location))));
    Collections.reverse(places);
    return places;
  }

  private Optional<List<String>> outside(String name) {
    return outside.stream()
        .map(
            source ->
                source.list(
                    name, text -> new Placeholders(this::lookUpOutside).resolve(name, text)))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private void process(Phase phase) {
    Optional<SpringDocument> next = next(phase);
    while (next.isPresent()) {
      SpringDocument document = next.get();
      if (document.bound()) {
        document.add(phase, load(document));
      } else {
        bind(document);
      }
      next = next(phase);
    }
  }

  private Optional<SpringDocument> next(Phase phase) {
    return root.inOrder().stream()
        .filter(document -> !document.bound() || (isActive(document) && !document.imported(phase)))
        .findFirst();
  }

  private void bind(SpringDocument document) {
    SpringSource source = document.source().orElseThrow();
    if (source.list("spring.profiles", UnaryOperator.identity()).isPresent()) {
      throw new PgkillFailure(
          source.label() + " has spring.profiles, which Spring Boot does not start with",
          "Write " + ON_PROFILE + ", or give -Dpgkill.url.");
    }
    document.bind(
        list(document, IMPORT).orElse(List.of()),
        list(document, ON_PROFILE).orElse(List.of()),
        source.bound(ON_CLOUD).isPresent());
    if (document.onCloud() && !document.imports().isEmpty()) {
      throw new PgkillFailure(
          document.label() + " imports for a cloud platform only", "Give -Dpgkill.url instead.");
    }
  }

  /** A setting that is a list, as one document has it. */
  Optional<List<String>> list(SpringDocument document, String name) {
    return document
        .source()
        .flatMap(source -> source.list(name, text -> resolve(document, name, text)));
  }

  /** A text of a document, while the environment is not complete. */
  String resolve(SpringDocument document, String name, String text) {
    return new Placeholders(placeholder -> lookUp(document, placeholder)).resolve(name, text);
  }

  private Optional<String> lookUpOutside(String name) {
    SpringEnvironment.refuseProcess(name);
    Optional<String> relaxed =
        SpringSource.CANONICAL.matcher(name).matches()
            ? outside.stream().map(s -> s.bound(name)).flatMap(Optional::stream).findFirst()
            : Optional.empty();
    return relaxed.or(
        () -> outside.stream().map(s -> s.exact(name)).flatMap(Optional::stream).findFirst());
  }

  private Optional<String> lookUp(SpringDocument asking, String name) {
    Optional<String> value = lookUpOutside(name);
    for (SpringDocument document : root.inOrder()) {
      Optional<String> here = document.source().flatMap(source -> source.exact(name));
      if (here.isPresent() && document != asking && !mayAnswer(document)) {
        throw new PgkillFailure(
            asking.label()
                + " refers to ${"
                + name
                + "} of "
                + document.label()
                + ", which is not active there",
            "Move it to a document for all profiles, or give -Dpgkill.url.");
      }
      value = value.or(() -> here);
    }
    return value;
  }

  private boolean mayAnswer(SpringDocument document) {
    return document.bound()
        ? isActive(document)
        : document
            .source()
            .orElseThrow()
            .list(ON_PROFILE, UnaryOperator.identity())
            .map(expressions -> fulfils(document, expressions))
            .orElse(true);
  }

  boolean isActive(SpringDocument document) {
    return document.bound() && !document.onCloud() && fulfils(document);
  }

  private boolean fulfils(SpringDocument document) {
    return fulfils(document, document.onProfile());
  }

  private boolean fulfils(SpringDocument document, List<String> expressions) {
    if (expressions.isEmpty()) {
      return true;
    }
    return profiles
        .map(
            known ->
                expressions.stream()
                    .anyMatch(
                        expression ->
                            ProfileExpression.matches(
                                document.label(), expression, known.accepted()::contains)))
        .orElse(false);
  }

  /** The documents of what a document imports, what wins first. */
  private List<SpringDocument> load(SpringDocument importing) {
    List<Found> found = new ArrayList<>();
    for (String group : importing.imports()) {
      found.addAll(find(importing, group));
    }
    Collections.reverse(found);
    List<SpringDocument> documents = new ArrayList<>();
    for (Found file : found) {
      String kind = file.location().startsWith("classpath:") ? "classpath:" : "file:";
      if (loaded.add(kind + file.path())) {
        List<SpringDocument> ofFile = documents(file);
        Collections.reverse(ofFile);
        documents.addAll(ofFile);
      }
    }
    return documents;
  }

  /** The files of one location, or of several that count as one; what wins last. */
  private List<Found> find(SpringDocument importing, String group) {
    List<SpringLocation> locations =
        Stream.of(group.split(";"))
            .map(text -> SpringLocation.read(text, importing.folder()))
            .toList();
    List<Found> found = new ArrayList<>();
    locations.forEach(location -> found.addAll(find(location, Optional.empty())));
    for (String profile : profiles.map(SpringProfiles::accepted).orElse(List.of())) {
      locations.forEach(location -> found.addAll(find(location, Optional.of(profile))));
    }
    if (profiles.isPresent() && found.isEmpty()) {
      locations.stream()
          .filter(location -> !location.optional() && !files.isFolder(location.path()))
          .findFirst()
          .ifPresent(
              location -> {
                throw location.missing();
              });
    }
    return found;
  }

  private List<Found> find(SpringLocation location, Optional<String> profile) {
    List<Found> all = new ArrayList<>();
    for (Reference reference : location.references(names, profile)) {
      List<Found> found = files.find(reference, profile);
      if (found.isEmpty() && !reference.skippable()) {
        throw location.missing();
      }
      all.addAll(found);
    }
    return all;
  }

  private List<SpringDocument> documents(Found file) {
    List<Map<String, String>> maps = files.documents(file);
    List<SpringDocument> documents = new ArrayList<>();
    for (int i = 0; i < maps.size(); i++) {
      String number = maps.size() > 1 ? ", document " + (i + 1) : "";
      String label = files.shown(file.path()) + number;
      documents.add(SpringDocument.of(SpringSource.of(label, maps.get(i)), file));
    }
    return documents;
  }

  private static void refuseForbidden(SpringDocument document) {
    if (document.ofProfile()) {
      document
          .source()
          .ifPresent(
              source ->
                  SpringProfiles.FORBIDDEN.forEach(name -> SpringProfiles.refuseIn(source, name)));
    }
  }
}
