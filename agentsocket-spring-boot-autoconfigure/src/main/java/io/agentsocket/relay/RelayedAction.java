package io.agentsocket.relay;

import java.net.URI;
import java.time.Duration;
import java.util.Set;

import io.agentsocket.action.ActionDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * An action that a function serves.
 *
 * @param descriptor its description for the agent
 * @param access its access to the state
 * @param keys names of the values that it sees
 * @param timeout total time of one request, or {@code null} for that of the function
 * @param url where it is served
 */
public record RelayedAction(ActionDescriptor descriptor, StateAccess access, Set<String> keys,
		@Nullable Duration timeout, URI url) {

	public RelayedAction {
		keys = Set.copyOf(keys);
	}

	/** Whether running it twice does no harm. */
	boolean isRepeatable() {
		return this.descriptor.hints().idempotent() || this.descriptor.hints().readOnly();
	}

}
