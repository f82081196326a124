package io.agentsocket.action;

import java.util.Map;
import java.util.function.Consumer;

import io.agentsocket.annotation.Internal;
import io.agentsocket.session.AgentSession;

/**
 * Offers actions of single sessions anew whose pods are gone. Thread-safe and not
 * blocking.
 */
@Internal
@FunctionalInterface
public interface ActionRestorer {

	/**
	 * Offer an action from this pod, in place of the one that is gone.
	 * @param offer the action as that pod has offered it
	 * @return {@code false} when this pod cannot offer it
	 */
	boolean restore(Offer offer);

	/**
	 * An action of one session.
	 *
	 * @param session the session
	 * @param offer offers the action of this pod in the session
	 * @param withdraw withdraws it, unless another one has its name meanwhile
	 * @param pod name of the pod that is gone
	 * @param descriptor its description for the agent
	 * @param recipe the {@linkplain ResumableHandler#recipe() recipe} of its handler
	 */
	record Offer(AgentSession session, Consumer<Action> offer, Consumer<Action> withdraw, String pod,
			ActionDescriptor descriptor, Map<String, Object> recipe) {

	}

}
