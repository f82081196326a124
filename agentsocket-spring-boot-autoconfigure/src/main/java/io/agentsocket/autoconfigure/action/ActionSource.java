package io.agentsocket.autoconfigure.action;

import java.util.List;

import io.agentsocket.action.Action;
import io.agentsocket.annotation.Internal;

/**
 * Actions beside the tools and the {@link Action} beans, asked for when all beans are
 * there.
 */
@Internal
@FunctionalInterface
public interface ActionSource {

	/**
	 * Read the actions.
	 * @return the actions
	 */
	List<Action> actions();

}
