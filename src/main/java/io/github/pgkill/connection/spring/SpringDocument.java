package io.github.pgkill.connection.spring;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A node of the tree that Spring makes of its configuration ("contributor"): the root, a place to
 * search, or a document of a file. What a document imports hangs below it and wins over it; what is
 * found after the profiles are known wins over what was found before.
 */
final class SpringDocument {

  /** Before or after the profiles are known. */
  enum Phase {
    BEFORE,
    AFTER
  }

  private final @Nullable SpringSource source;
  private final String location;
  private final boolean ofProfile;
  private final Map<Phase, List<SpringDocument>> children = new EnumMap<>(Phase.class);
  private List<String> imports;
  private List<String> onProfile = List.of();
  private boolean onCloud;
  private boolean bound;
  private boolean movable;

  private SpringDocument(
      @Nullable SpringSource source, String location, boolean ofProfile, List<String> imports) {
    this.source = source;
    this.location = location;
    this.ofProfile = ofProfile;
    this.movable = ofProfile;
    this.imports = imports;
    this.bound = source == null;
  }

  /** A place to search; the root is one that imports nothing. */
  static SpringDocument search(List<String> locations) {
    return new SpringDocument(null, "", false, locations);
  }

  static SpringDocument of(SpringSource source, SpringFiles.Found file) {
    return new SpringDocument(source, file.location(), file.profile().isPresent(), List.of());
  }

  /** A source that is there from the start, such as the environment. */
  static SpringDocument existing(SpringSource source) {
    SpringDocument document = new SpringDocument(source, "", false, List.of());
    document.bound = true;
    return document;
  }

  void bind(List<String> newImports, List<String> profiles, boolean cloud) {
    imports = newImports;
    onProfile = profiles;
    onCloud = cloud;
    bound = true;
  }

  Optional<SpringSource> source() {
    return Optional.ofNullable(source);
  }

  String label() {
    return source == null ? "" : source.label();
  }

  /** Where a relative import of this document starts. */
  String folder() {
    return location.substring(0, location.lastIndexOf('/') + 1);
  }

  boolean ofProfile() {
    return ofProfile;
  }

  boolean bound() {
    return bound;
  }

  List<String> imports() {
    return imports;
  }

  List<String> onProfile() {
    return onProfile;
  }

  boolean onCloud() {
    return onCloud;
  }

  boolean imported(Phase phase) {
    return imports.isEmpty() || children.containsKey(phase);
  }

  List<SpringDocument> children(Phase phase) {
    return children.getOrDefault(phase, List.of());
  }

  void add(Phase phase, List<SpringDocument> found) {
    children.put(phase, found);
    if (phase == Phase.AFTER) {
      liftProfiles();
    }
  }

  /** Files of profiles that imports found are put beside those of the searched place itself. */
  private void liftProfiles() {
    boolean any =
        children(Phase.BEFORE).stream()
            .flatMap(SpringDocument::allChildren)
            .anyMatch(child -> child.movable);
    if (!any) {
      return;
    }
    List<SpringDocument> after = new ArrayList<>();
    for (SpringDocument child : children(Phase.BEFORE)) {
      for (Phase phase : Phase.values()) {
        List<SpringDocument> kept = new ArrayList<>();
        for (SpringDocument grandchild : child.children(phase)) {
          (grandchild.movable ? after : kept).add(grandchild);
          grandchild.movable = false;
        }
        child.add(phase, kept);
      }
    }
    after.addAll(children(Phase.AFTER));
    children.put(Phase.AFTER, after);
  }

  private Stream<SpringDocument> allChildren() {
    return Stream.of(Phase.values()).flatMap(phase -> children(phase).stream());
  }

  /** All of the tree, what wins first. */
  List<SpringDocument> inOrder() {
    List<SpringDocument> all = new ArrayList<>();
    children(Phase.AFTER).forEach(child -> all.addAll(child.inOrder()));
    children(Phase.BEFORE).forEach(child -> all.addAll(child.inOrder()));
    all.add(this);
    return all;
  }
}
