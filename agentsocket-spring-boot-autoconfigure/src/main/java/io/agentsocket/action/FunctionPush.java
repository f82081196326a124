package io.agentsocket.action;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
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
	 * Answer the request of the invocation now, with 202: the invocation is detached, and
	 * somebody else goes on with it, who has {@link #url()} and {@link #token()}. It
	 * lasts until the end or an error is pushed; what the tool itself gives back does not
	 * count any more. Changes of the state that the tool has made go with the answer.
	 * @param <T> type of the result of the tool
	 * @return completes without a value when the request is answered; fails with
	 * FAILED_PRECONDITION when its answer has begun: by an item, an event, or the first
	 * sign of life
	 */
	<T> Mono<T> detach();

	/**
	 * As {@link #detach()}, and go on in this process: items are pushed as they come,
	 * several at once where they come faster than pods answer, then the end or the error.
	 * It is not bound to the time of the request, and is cancelled when the agent has
	 * cancelled the invocation, when the token expires, and when the application ends.
	 * The platform has to let the function go on after its answer.
	 * @param rest the items; subscribed to when the request is answered
	 * @param <T> type of an item
	 * @return the result of the tool: completes without an item
	 */
	<T> Flux<T> detach(Publisher<? extends T> rest);

	/**
	 * As {@link #detach(Publisher)}, with one value.
	 * @param rest the value
	 * @param <T> type of the value
	 * @return the result of the tool: completes without a value
	 */
	<T> Mono<T> detach(Mono<? extends T> rest);

	/**
	 * Where pushes go to, for somebody else who pushes.
	 * @return {@code callback.url} of the request
	 */
	URI url();

	/**
	 * The secret that allows pushes, for somebody else who pushes.
	 * @return {@code callback.token} of the request
	 */
	String token();

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
