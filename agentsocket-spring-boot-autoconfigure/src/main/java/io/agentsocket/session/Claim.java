package io.agentsocket.session;

import java.util.List;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A session after a successful {@link SessionStore#claim}.
 *
 * @param state the session with its new epoch
 * @param previousOwners owners before, the latest one first: some of the latest ones,
 * since one that has claimed it may never have been there to tell those before it
 * @param stored the state that the previous owner has committed, or {@code null} when the
 * owner has not changed
 */
@Internal
public record Claim(SessionState state, List<String> previousOwners, @Nullable StoredSession stored) {

	public Claim {
		previousOwners = List.copyOf(previousOwners);
	}

}
