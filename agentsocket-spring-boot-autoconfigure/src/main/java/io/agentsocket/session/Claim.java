package io.agentsocket.session;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A session after a successful {@link SessionStore#claim}.
 *
 * @param state the session with its new epoch
 * @param previousOwner who owned it before
 * @param stored what the previous owner has committed, or {@code null} when the owner has
 * not changed
 */
@Internal
public record Claim(SessionState state, String previousOwner, @Nullable StoredSession stored) {

}
