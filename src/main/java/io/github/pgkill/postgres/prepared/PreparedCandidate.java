package io.github.pgkill.postgres.prepared;

import io.github.pgkill.model.prepared.PreparedTransaction;
import org.jspecify.annotations.Nullable;

/**
 * A prepared transaction, as the server judged it.
 *
 * @param transaction the transaction
 * @param selected whether the rule matches it
 * @param become the role to switch to for ending it; null where the present one may
 * @param mayEnd whether this login may end it, after switching if need be
 */
public record PreparedCandidate(
    PreparedTransaction transaction, boolean selected, @Nullable String become, boolean mayEnd) {}
