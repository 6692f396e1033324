package io.github.pgkill.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * What a test class, or a test, needs of the machine it runs on. Without, it is skipped and counted
 * with the reason. An assumption in {@code @BeforeAll} would not do: Surefire counts no test then.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(Needs.Condition.class)
public @interface Needs {

  Machine[] value();

  /** Asks the machine. */
  final class Condition implements ExecutionCondition {

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
      Optional<Needs> needs = AnnotationSupport.findAnnotation(context.getElement(), Needs.class);
      if (needs.isPresent()) {
        for (Machine need : needs.get().value()) {
          Optional<String> lacking = need.lacking();
          if (lacking.isPresent()) {
            return ConditionEvaluationResult.disabled(lacking.get());
          }
        }
      }
      return ConditionEvaluationResult.enabled("all is there");
    }
  }
}
