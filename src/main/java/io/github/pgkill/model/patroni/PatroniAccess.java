package io.github.pgkill.model.patroni;

import io.github.pgkill.model.value.Secret;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How Patroni is asked.
 *
 * @param urls the REST of some or all members; never empty
 * @param user whom it knows us as when something is to be changed; null for nobody
 * @param password that user's
 * @param timeout bound on one question
 */
public record PatroniAccess(
    List<PatroniUrl> urls, @Nullable String user, @Nullable Secret password, Duration timeout) {

  public PatroniAccess {
    urls = List.copyOf(urls);
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("no URL of Patroni");
    }
  }
}
