package io.github.pgkill.connection.spring;

import io.github.pgkill.model.failure.PgkillFailure;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.StringTokenizer;
import java.util.function.Predicate;

/** Judges a profile expression, such as {@code prod & (eu | !test)}. */
final class ProfileExpression {

  private final String where;
  private final Deque<String> tokens = new ArrayDeque<>();
  private final Predicate<String> accepted;

  private ProfileExpression(String where, String expression, Predicate<String> accepted) {
    this.where = where;
    this.accepted = accepted;
    StringTokenizer tokenizer = new StringTokenizer(expression, "()&|!", true);
    while (tokenizer.hasMoreTokens()) {
      String token = tokenizer.nextToken().strip();
      if (!token.isEmpty()) {
        tokens.add(token);
      }
    }
  }

  /**
   * Whether the accepted profiles fulfil it.
   *
   * @param where the document it stands in
   * @throws PgkillFailure when it is not well formed, which keeps the application from starting
   */
  static boolean matches(String where, String expression, Predicate<String> accepted) {
    ProfileExpression parsed = new ProfileExpression(where, expression, accepted);
    boolean matches = parsed.operands();
    if (!parsed.tokens.isEmpty()) {
      throw parsed.malformed();
    }
    return matches;
  }

  private boolean operands() {
    boolean result = operand();
    String operator = null;
    while (!tokens.isEmpty() && !")".equals(tokens.peek())) {
      String next = tokens.pop();
      if (!next.matches("[&|]") || (operator != null && !operator.equals(next))) {
        throw malformed();
      }
      operator = next;
      boolean right = operand();
      result = next.equals("&") ? result & right : result | right;
    }
    return result;
  }

  private boolean operand() {
    String token = tokens.isEmpty() ? ")" : tokens.pop();
    switch (token) {
      case "!":
        return !operand();
      case "(":
        boolean inner = operands();
        if (!")".equals(tokens.poll())) {
          throw malformed();
        }
        return inner;
      case ")", "&", "|":
        throw malformed();
      default:
        return accepted.test(token);
    }
  }

  private PgkillFailure malformed() {
    return new PgkillFailure(
        where + " has a profile expression that is not well formed",
        "Mend spring.config.activate.on-profile, or give -Dpgkill.url.");
  }
}
