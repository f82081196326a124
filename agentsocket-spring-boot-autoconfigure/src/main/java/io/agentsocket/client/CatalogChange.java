package io.agentsocket.client;

import io.agentsocket.action.ActionDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * An action of the server has become available, has changed, or is gone. Implements
 * section 17 of {@code docs/protocol.md}.
 *
 * @param name name of the action
 * @param descriptor its descriptor, or {@code null} when it is gone
 */
public record CatalogChange(String name, @Nullable ActionDescriptor descriptor) {

	/**
	 * Whether the action can be invoked.
	 * @return {@code false} when it is gone
	 */
	public boolean isAvailable() {
		return this.descriptor != null;
	}

}
