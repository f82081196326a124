package io.agentsocket.action;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Properties of an action that a caller may rely on. Implements section 17.3 of
 * {@code docs/protocol.md} (key {@code hints} of a descriptor).
 *
 * @param readOnly changes nothing
 * @param destructive may destroy something
 * @param idempotent running it twice has the effect of running it once
 * @param openWorld reaches out to a world that others change too
 * @param approval a person is asked before it runs
 * @param timeout how long one invocation may take, or {@code null}
 */
public record ActionHints(boolean readOnly, boolean destructive, boolean idempotent, boolean openWorld,
		boolean approval, @Nullable Duration timeout) {

	/** Nothing is known. */
	public static final ActionHints NONE = new ActionHints(false, false, false, false, false, null);

}
