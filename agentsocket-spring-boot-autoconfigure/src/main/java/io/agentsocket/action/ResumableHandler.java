package io.agentsocket.action;

import java.util.Map;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Runs an action that keeps in the session how far it has come. When the pod in which it
 * runs dies before the caller got a part of the answer, another pod of the session goes
 * on with it, whether or not the action may run twice: the handler itself knows that, and
 * fails with LOST when it cannot go on. It asks for the approval of its caller itself, so
 * that another pod can go on with that, too.
 */
@Internal
public interface ResumableHandler extends ActionHandler {

	/**
	 * Run the action, or go on with an invocation whose pod is gone. Called as
	 * {@link #handle(AgentExchange)} is.
	 * @param exchange the invocation; its {@linkplain AgentExchange#callNumber() number}
	 * is the same in both pods
	 * @param resumed whether its pod is gone
	 * @param permission approval and entry of the action
	 * @return a publisher as {@link #handle(AgentExchange)} returns it
	 */
	Publisher<?> run(AgentExchange exchange, boolean resumed, Permission permission);

	@Override
	default Publisher<?> handle(AgentExchange exchange) {
		return run(exchange, false, new Permission(null, () -> {
		}, () -> {
		}));
	}

	/**
	 * Tell another pod how to offer the action in a session when this pod is gone. See
	 * {@link ActionRestorer}.
	 * @return values of JSON; empty when no other pod can offer it
	 */
	default Map<String, Object> recipe() {
		return Map.of();
	}

	/**
	 * The way to an action.
	 *
	 * @param approval asks the caller for its approval when it is subscribed to, and
	 * fails when that is not given; {@code null} when none is needed
	 * @param entered has to be called when the action begins: errors say from then on
	 * that it may have run
	 * @param untouched has to be called when nothing of an invocation whose pod is gone
	 * has run there: otherwise all its errors say that it may have run
	 */
	record Permission(@Nullable Mono<Void> approval, Runnable entered, Runnable untouched) {

	}

}
