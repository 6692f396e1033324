package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.value.ServerText;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.IdentifierList;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.lockout.Grants;
import io.github.pgkill.postgres.lockout.RoleInfo;
import io.github.pgkill.postgres.lockout.RoleStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Works out the statements that make a database by a definition, empty or as the copy of another
 * one, whose encoding and locale it then has. The collation version is left to the server: an empty
 * database is built with the library that is installed now.
 */
final class CreateSteps {

  /**
   * Settings whose value is a list of identifiers, stored quoted (PostgreSQL's GUC_LIST_QUOTE
   * variables, the ones that pg_dump treats so): given as one literal they would be one identifier.
   */
  private static final Set<String> LISTS =
      Set.of(
          "local_preload_libraries",
          "search_path",
          "session_preload_libraries",
          "shared_preload_libraries",
          "temp_tablespaces",
          "unix_socket_directories");

  private final DatabaseDefinition definition;
  private final String name;
  private final @Nullable Template template;

  /**
   * @param name of the database to make
   * @param template what it is a copy of; null for an empty one
   */
  CreateSteps(DatabaseDefinition definition, String name, @Nullable Template template) {
    this.definition = definition;
    this.name = name;
    this.template = template;
  }

  /** The one statement that cannot be in a transaction; nobody gets in until all is done. */
  String create() {
    DatabaseDefinition.Layout layout = definition.layout();
    String tablespace = tablespace(layout);
    int limit = Math.max(-1, definition.state().connectionLimit());
    return Ddl.of("CREATE DATABASE %I OWNER %I", name, layout.owner())
        + (template == null ? empty(layout) : copied(template))
        + (tablespace == null ? "" : Ddl.of(" TABLESPACE %I", tablespace))
        + Ddl.of(" ALLOW_CONNECTIONS false CONNECTION LIMIT %D", limit);
  }

  private static String empty(DatabaseDefinition.Layout layout) {
    return Ddl.of(
            " TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L",
            layout.encoding(), layout.lcCollate(), layout.lcCtype())
        + (layout.localeProvider() == null ? "" : locale(layout));
  }

  private static String copied(Template template) {
    return Ddl.of(" TEMPLATE %I", template.database().name())
        + (template.byFiles() ? " STRATEGY file_copy" : "");
  }

  /** Named only where it would be another one without, because naming one takes a privilege. */
  private @Nullable String tablespace(DatabaseDefinition.Layout layout) {
    if (template == null || layout.isPlain()) {
      return layout.tablespace();
    }
    if (Objects.equals(layout.tablespace(), template.tablespace())) {
      return null;
    }
    return layout.tablespace() == null ? template.defaultTablespace() : layout.tablespace();
  }

  private static String locale(DatabaseDefinition.Layout layout) {
    return switch (String.valueOf(layout.localeProvider())) {
      case "i" ->
          Ddl.of(" LOCALE_PROVIDER %L ICU_LOCALE %L", "icu", layout.locale())
              + (layout.icuRules() == null ? "" : Ddl.of(" ICU_RULES %L", layout.icuRules()));
      case "b" -> Ddl.of(" LOCALE_PROVIDER %L BUILTIN_LOCALE %L", "builtin", layout.locale());
      default -> Ddl.of(" LOCALE_PROVIDER %L", "libc");
    };
  }

  /** Settings and labels. */
  List<RoleStatement> settings() {
    List<RoleStatement> steps = new ArrayList<>();
    for (DatabaseDefinition.Setting setting : definition.settings()) {
      steps.add(new RoleStatement(null, set(setting)));
    }
    for (DatabaseDefinition.Label label : definition.labels()) {
      steps.add(
          new RoleStatement(
              null,
              Ddl.of(
                  "SECURITY LABEL FOR %I ON DATABASE %I IS %L",
                  label.provider(), name, label.text())));
    }
    return steps;
  }

  /** The privileges, grantor by grantor. */
  List<RoleStatement> privileges() {
    List<RoleStatement> steps = new ArrayList<>();
    if (definition.state().defaultAcl()) {
      return steps;
    }
    steps.add(new RoleStatement(null, Ddl.of("REVOKE ALL ON DATABASE %I FROM PUBLIC", name)));
    steps.add(
        new RoleStatement(
            null, Ddl.of("REVOKE ALL ON DATABASE %I FROM %I", name, definition.layout().owner())));
    for (String privilege : List.of(AclEntry.CONNECT, "TEMPORARY", "CREATE")) {
      List<AclEntry> entries =
          definition.state().acl().stream().filter(e -> e.privilege().equals(privilege)).toList();
      for (AclEntry entry :
          new Grants(entries, definition.state().owner()).grantorsFirst(entries)) {
        steps.add(grant(entry));
      }
    }
    return steps;
  }

  private RoleStatement grant(AclEntry entry) {
    boolean owners = entry.grantor() == definition.state().owner();
    RoleInfo grantor = definition.roles().get(entry.grantor());
    if (!owners && (grantor == null || !grantor.mayActAs())) {
      throw new PgkillFailure(
          "a privilege on the database was granted by "
              + (grantor == null ? "a dropped role" : Identifiers.quote(grantor.name()))
              + ", for whom this role may not act, so that it could not be given to the new"
              + " database",
          "Connect as a superuser, or GRANT that role to the role of this build.");
    }
    RoleInfo grantee = definition.roles().get(entry.grantee());
    String sql =
        Ddl.of(
            "GRANT " + entry.privilege() + " ON DATABASE %I TO %R",
            name,
            grantee == null ? null : grantee.name());
    return new RoleStatement(
        owners || grantor == null ? null : grantor.name(),
        entry.grantable() ? sql + " WITH GRANT OPTION" : sql);
  }

  private String set(DatabaseDefinition.Setting setting) {
    String where =
        setting.role() == null
            ? Ddl.of("ALTER DATABASE %I", name)
            : Ddl.of("ALTER ROLE %I IN DATABASE %I", setting.role(), name);
    return where + Ddl.of(" SET %I TO ", setting.name()) + value(setting);
  }

  private static String value(DatabaseDefinition.Setting setting) {
    if (!LISTS.contains(setting.name())) {
      return Ddl.of("%L", setting.value());
    }
    // the bytes of quotes and commas are those of ASCII in every encoding that a server has
    List<String> literals =
        IdentifierList.split(setting.value().bytes()).stream()
            .map(part -> Ddl.of("%L", new ServerText(part)))
            .toList();
    return literals.isEmpty() ? Ddl.of("%L", "") : String.join(", ", literals);
  }
}
