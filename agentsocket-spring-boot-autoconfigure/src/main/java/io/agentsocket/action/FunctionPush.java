package io.agentsocket.action;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Tells the agent something while an action of a function runs, or after it has ended:
 * for 15 minutes at most, and through any pod. A parameter of this type gives a tool the
 * push of its invocation. In a pod, and when the pod takes no pushes, there is none: a
 * parameter that is {@code @Nullable} is {@code null} then, and otherwise the invocation
 * fails with FAILED_PRECONDITION. Thread-safe. Implements section 10 of
 * {@code docs/function-protocol.md}.
 */
public interface FunctionPush {

	/**
	 * Send an event.
	 * @param name name of the event
	 * @param payload content of the event, or {@code null}
	 * @return whether the agent is connected; see {@link #send(List)} for errors
	 */
	Mono<Receipt> event(String name, @Nullable Object payload);

	/**
	 * Send operations, which are checked together. Each subscription is one push with a
	 * key of its own: it is repeated with that key, at most three times, while the pods
	 * have no room or are out of reach, so that it is applied once.
	 * @param operations members as in section 10, 256 at most
	 * @return whether the agent is connected; fails with {@link FunctionPushException}
	 * when the push was refused, and with an {@link java.io.IOException} or a
	 * {@link java.util.concurrent.TimeoutException} when no pod was reached
	 */
	Mono<Receipt> send(List<? extends Map<String, ?>> operations);

	/**
	 * When pushes are no longer taken.
	 * @return the time
	 */
	Instant expiresAt();

	/**
	 * Kinds of pushes that the token allows.
	 * @return some of {@code events}, {@code actions}, {@code items} and
	 * {@code interrupt}
	 */
	Set<String> scope();

	/** How a push was taken. */
	enum Receipt {

		/** The agent is connected. */
		LIVE,

		/** The agent gets it when it comes back, or from another pod. */
		QUEUED

	}

}
