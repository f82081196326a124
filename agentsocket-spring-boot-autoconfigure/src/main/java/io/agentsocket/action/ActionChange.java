package io.agentsocket.action;

import org.jspecify.annotations.Nullable;

/**
 * A change of an {@link ActionCatalog}. Whether a session sees a change depends on
 * whether it sees {@code before} and {@code after}.
 *
 * @param name name of the action
 * @param before the action that had the name before, or {@code null} for an added action
 * @param after the action that has the name now, or {@code null} for a removed action
 */
public record ActionChange(String name, @Nullable Action before, @Nullable Action after) {

	/**
	 * Whether the action is new.
	 * @return {@code true} when nothing had the name before
	 */
	public boolean isAdded() {
		return this.before == null;
	}

	/**
	 * Whether the action is gone.
	 * @return {@code true} when nothing has the name now
	 */
	public boolean isRemoved() {
		return this.after == null;
	}

}
