package io.agentsocket.action;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.Expect;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * An invocation of an action of the other side, to be completed and subscribed to. Each
 * subscription invokes the action once. Not thread-safe before it is subscribed to.
 * Implements section 9 of {@code docs/protocol.md}.
 *
 * <p>
 * All results end with an {@link io.agentsocket.protocol.ActionException} when the
 * invocation fails; a session that was reset ends it with SESSION_RESET if it must not be
 * made again, an executor that died with LOST. Cancelling the subscription interrupts the
 * invocation. Signals arrive on the event loop of the connection and must not block it.
 */
public interface InvocationSpec {

	/**
	 * Set the arguments.
	 * @param arguments a map, record or bean, or {@code null} for none
	 * @return this
	 */
	InvocationSpec arguments(@Nullable Object arguments);

	/**
	 * Set the deadline, which travels with the call: the other side stops when it passes.
	 * @param timeout time from the subscription on
	 * @return this
	 */
	InvocationSpec timeout(Duration timeout);

	/**
	 * Set the key that identifies the call within the session. A second call with it does
	 * not run: it gets the answer of the first, or ALREADY_EXISTS, "may have run". So the
	 * call is made again by itself after a reset that keeps the session.
	 * @param key at most 64 bytes; the same for all subscriptions
	 * @return this
	 */
	InvocationSpec idempotencyKey(String key);

	/**
	 * Check an idempotency key.
	 * @param key the key
	 * @return the key
	 * @throws IllegalArgumentException if it does not have 1 to 64 bytes
	 */
	static String requireIdempotencyKey(String key) {
		// Keys are stored with each call: a UUID has 36 bytes.
		int length = key.getBytes(StandardCharsets.UTF_8).length;
		Expect.require(length > 0 && length <= 64, "idempotencyKey", key, "1 to 64 bytes");
		return key;
	}

	/**
	 * Say whether the call may run twice. An invocation that may is made again by itself
	 * when the session is reset, unless it has items of the caller or results of it were
	 * passed on already. If this is not called, what the other side declares of the
	 * action counts: it is asked after the reset. Implements section 11.3 of
	 * {@code docs/protocol.md}.
	 * @param idempotent {@code true} if running it twice does no harm, {@code false} if
	 * it never may
	 * @return this
	 */
	InvocationSpec idempotent(boolean idempotent);

	/**
	 * Set the W3C trace context.
	 * @param traceparent the header's value, or {@code null}
	 * @return this
	 */
	InvocationSpec traceparent(@Nullable String traceparent);

	/**
	 * Send items to the running action. The publisher is subscribed to when the
	 * invocation starts, requested from as the other side grants credit, and cancelled
	 * when the invocation ends.
	 * @param items {@code CharSequence} is sent as TEXT, {@code byte[]} as BYTES,
	 * anything else as DATA
	 * @return this
	 */
	InvocationSpec items(Publisher<?> items);

	/**
	 * Ask the running action to stop after the current step, keeping its results so far.
	 * @param signal any signal of it sends the request, once
	 * @return this
	 */
	InvocationSpec stopWhen(Publisher<?> signal);

	/**
	 * Listen to progress.
	 * @param listener called on the event loop
	 * @return this
	 */
	InvocationSpec onProgress(java.util.function.Consumer<Progress> listener);

	/**
	 * Invoke for one value.
	 * @param type type of the value
	 * @param <T> type of the value
	 * @return the value; empty for an action without a result or with the result null;
	 * the last item of a stream
	 */
	<T> Mono<T> toMono(Class<T> type);

	/**
	 * Invoke for one value.
	 * @param type type of the value
	 * @param <T> type of the value
	 * @return the value
	 * @see #toMono(Class)
	 */
	<T> Mono<T> toMono(ParameterizedTypeReference<T> type);

	/**
	 * Invoke for a stream. Demand becomes credit: the other side never sends more items
	 * than were requested.
	 * @param type type of an item: {@code String} for TEXT, {@code byte[]} for BYTES
	 * @param <T> type of an item
	 * @return the items
	 */
	<T> Flux<T> toFlux(Class<T> type);

	/**
	 * Invoke for a stream.
	 * @param type type of an item
	 * @param <T> type of an item
	 * @return the items
	 * @see #toFlux(Class)
	 */
	<T> Flux<T> toFlux(ParameterizedTypeReference<T> type);

}
