package io.github.pgkill.model.text;

import io.github.pgkill.model.text.SqlTokens.Kind;
import io.github.pgkill.model.text.SqlTokens.Token;
import java.util.BitSet;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Takes secrets out of the text of other people's queries. Nobody can tell from outside which of a
 * statement's literals is the password: so a text that speaks of one loses what stands in all of
 * its literals and comments. Every other text stays as it is.
 */
public final class QuerySecrets {

  private static final String HIDDEN = "***";

  private static final String WORDS =
      "passw|pass_?(?:phrase|code|key)|(?<![a-z])pass(?![a-z])|pwd|(?<![a-z])pw(?![a-z])|secret"
          + "|token|credential|kennwort|bearer|authorization|(?:api|access|private|account)[_-]?key";

  /** Whatever takes or makes a key, and what a key looks like. */
  private static final Pattern SPEAKS_OF_ONE =
      Pattern.compile(
          "(?i)"
              + WORDS
              + "|encrypt|decrypt|(?<![a-z])crypt|pgp_|(?<![a-z])hmac|scram-sha-|dblink_connect"
              + "|(?<![a-z0-9])md5[0-9a-f]{32}|(?<![a-z0-9])eyj[a-z0-9_-]{10}|begin [a-z ]{0,30}private"
              // a text that was cut within the word
              + "|(?:secr|toke|cred|creden)$");

  /**
   * User and password before a host: to the last @, since a password may hold others, or to where
   * the text was cut.
   */
  private static final Pattern USER_INFO =
      Pattern.compile("[A-Za-z][\\w+.-]{0,30}://(?:(\\S*)@|([^\\s'\"]*:[^\\s'\"]*)$)");

  private static final Pattern NAMES_ONE =
      Pattern.compile("(?is).*(?:" + WORDS.replace("passw", "passw(?:or)?[dt]") + ")s?[\"'\\s]*");

  private static final Pattern WORD = Pattern.compile("(?i)" + WORDS);

  private static final Pattern OF_ROLE =
      Pattern.compile("(?i)(?:create|alter)\\s+(?:role|user|group)\\b");

  private static final Pattern OF_SETTING = Pattern.compile("(?i)(?:set|alter)\\b");

  /** A part of what the server said that may repeat what it was told. */
  private static final Pattern PIECE = Pattern.compile("[^\\s\"'«»„“”‘’()=,;:]+");

  private static final int TELLING = 4;
  private static final int LONGEST_NAME = 200;

  private final String text;
  private final BitSet hidden = new BitSet();

  /** Whether the statement that is looked at sets something, and whether it makes a role. */
  private boolean setting;

  private boolean ofRole;

  private QuerySecrets(String text) {
    this.text = text;
  }

  /** The text with every secret replaced; the same when it is masked once more. */
  public static @Nullable String masked(@Nullable String query) {
    return query == null ? null : new QuerySecrets(query).masked();
  }

  /** What the server said about a statement, without what it repeats of the statement's secrets. */
  public static String masked(String message, String statement) {
    QuerySecrets secrets = new QuerySecrets(statement);
    String shown = secrets.masked();
    String kept = secrets.hiddenText();
    return kept.isEmpty()
        ? message
        : PIECE
            .matcher(message)
            .replaceAll(
                piece ->
                    Matcher.quoteReplacement(
                        repeats(piece.group(), kept, shown) ? HIDDEN : piece.group()));
  }

  /** A word of the server's own may be part of a secret by chance: then it is lost, too. */
  private static boolean repeats(String piece, String kept, String shown) {
    return !shown.contains(piece)
        && (kept.contains(piece)
            || kept.lines()
                .flatMap(line -> List.of(line.split("[^\\p{L}\\p{N}]+")).stream())
                .anyMatch(word -> word.length() >= TELLING && piece.contains(word)));
  }

  private String masked() {
    Matcher user = USER_INFO.matcher(text);
    boolean speaks = SPEAKS_OF_ONE.matcher(text).find();
    while (user.find()) {
      speaks = true;
      int group = user.start(1) < 0 ? 2 : 1;
      // with the slashes, which would begin a comment together with the stars
      hidden.set(user.start(group) - 2, user.end(group));
    }
    if (speaks || hideBrokenOff()) {
      hide(SqlTokens.of(text, false));
      if (text.contains("\\'")) {
        // whether the quote is escaped, only the session knew
        hide(SqlTokens.of(text, true));
      }
    }
    return shown();
  }

  /** Of what it was, the rest would have told; true where it may have been an address. */
  private boolean hideBrokenOff() {
    List<Token> tokens = SqlTokens.of(text, false);
    if (tokens.isEmpty()) {
      return false;
    }
    Token last = tokens.get(tokens.size() - 1);
    if (last.innerEnd() < text.length() || last.inner() == last.start()) {
      return false;
    }
    if (last.kind() == Kind.LITERAL || text.startsWith("/*", last.start())) {
      hidden.set(last.inner(), last.innerEnd());
    }
    return last.kind() != Kind.NAME && text.lastIndexOf("://") >= last.inner();
  }

  private void hide(List<Token> tokens) {
    for (Token token : tokens) {
      if (token.kind() == Kind.LITERAL || token.kind() == Kind.COMMENT) {
        hidden.set(token.inner(), token.innerEnd());
      }
    }
    List<Token> said =
        tokens.stream().filter(t -> t.kind() != Kind.SPACE && t.kind() != Kind.COMMENT).toList();
    boolean first = true;
    for (int i = 0; i + 1 < said.size(); i++) {
      Token token = said.get(i);
      if (first) {
        setting = begins(OF_SETTING, token);
        ofRole = begins(OF_ROLE, token);
      }
      first = text.charAt(token.start()) == ';';
      if (namesOne(token)) {
        hideBehind(said, i + 1);
      }
    }
  }

  private boolean begins(Pattern statement, Token first) {
    return statement.matcher(text).region(first.start(), text.length()).lookingAt();
  }

  /** What is no literal, as an unknown syntax or a mistake has it: a name or a bare word. */
  private void hideBehind(List<Token> said, int next) {
    int value = next;
    while (value < said.size() && assigns(said.get(value))) {
      value++;
    }
    if (value == said.size()) {
      return;
    }
    Token token = said.get(value);
    boolean assigned = value > next;
    if (token.kind() == Kind.NAME) {
      hidden.set(token.inner(), token.innerEnd());
    } else if (token.kind() != Kind.LITERAL
        && (assigned || (token.kind() == Kind.WORD && ofRole))) {
      hideBare(token.start(), assigned && setting);
    }
  }

  private void hideBare(int start, boolean toTheEnd) {
    int end = start;
    while (end < text.length()
        && (toTheEnd ? ";" : " \t\r\n\f,;)'\"").indexOf(text.charAt(end)) < 0) {
      end++;
    }
    String bare = text.substring(start, end);
    if (!bare.matches("(?i)null|default|\\$\\d+|[(\\[].*")) {
      hidden.set(start, end);
    }
  }

  private boolean namesOne(Token token) {
    if (token.kind() == Kind.OTHER || token.end() - token.start() > LONGEST_NAME) {
      return false;
    }
    String name = text.substring(token.start(), token.end());
    return NAMES_ONE.matcher(name).matches() || (setting && WORD.matcher(name).find());
  }

  private boolean assigns(Token token) {
    int at = token.start();
    return switch (text.charAt(at)) {
      case '=' -> true;
      case '>' -> text.startsWith("=", at - 1);
      // two of them are a cast
      case ':' -> !text.startsWith(":", at + 1) && !text.startsWith(":", at - 1);
      default -> setting && text.substring(at, token.end()).equalsIgnoreCase("to");
    };
  }

  private String shown() {
    StringBuilder shown = new StringBuilder();
    int at = 0;
    for (int from = hidden.nextSetBit(0); from >= 0; from = hidden.nextSetBit(at)) {
      shown.append(text, at, from).append(HIDDEN);
      at = hidden.nextClearBit(from);
    }
    return shown.append(text.substring(at)).toString();
  }

  private String hiddenText() {
    StringBuilder all = new StringBuilder();
    for (int from = hidden.nextSetBit(0); from >= 0; ) {
      int end = hidden.nextClearBit(from);
      all.append(text, from, end).append('\n');
      from = hidden.nextSetBit(end);
    }
    return all.toString();
  }
}
