package io.agentsocket.connection.stream;

import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.function.BiFunction;

import io.agentsocket.action.Invocation;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * A subscription to a call that interceptors stand around. Its time counts from here, and
 * each attempt of an interceptor gets the rest of it.
 *
 * @param <T> type of the results
 */
final class InterceptedCall<T> {

	/**
	 * Time that the call itself has to report its deadline, beyond it: it knows better
	 * whether the action may have run.
	 */
	private static final Duration GRACE = Duration.ofMillis(100);

	private final StreamContext context;

	private final CallRequest call;

	/** Makes the call with the arguments of an interceptor, and within a time. */
	private final BiFunction<Invocation, @Nullable Duration, Publisher<?>> attempts;

	private final Invocation invocation;

	private final Class<?> resultClass;

	private final long end;

	private volatile boolean proceeded;

	private InterceptedCall(StreamContext context, CallRequest call, Type type, boolean single,
			BiFunction<Invocation, @Nullable Duration, Publisher<?>> attempts) {
		this.context = context;
		this.call = call;
		this.attempts = attempts;
		this.end = (call.timeout != null) ? context.loop().now() + PeerLoop.bounded(call.timeout).toNanos() : 0;
		this.invocation = call.describe(context, type, single, call.newIdempotencyKey());
		this.resultClass = ClassUtils.resolvePrimitiveIfNecessary(ResolvableType.forType(type).resolve(Object.class));
	}

	/**
	 * The results of a call.
	 * @param attempts makes the call with what an interceptor goes on with, and within a
	 * time; null is as long as it takes
	 */
	static <T> Flux<T> results(StreamContext context, CallRequest call, Type type, boolean single,
			BiFunction<Invocation, @Nullable Duration, Publisher<?>> attempts) {
		return Flux.defer(() -> new InterceptedCall<T>(context, call, type, single, attempts).results());
	}

	private Flux<T> results() {
		Flux<Object> results = this.context.interceptors().call(this.invocation, this::attempt);
		return ((this.end != 0) ? results.takeUntilOther(late()) : results).map(this::checked);
	}

	@SuppressWarnings("unchecked")
	private T checked(Object result) {
		if (!this.resultClass.isInstance(result)) {
			throw new IllegalStateException("An interceptor gave a " + result.getClass().getName() + " in place of a "
					+ this.resultClass.getName() + " as result of " + this.call.action);
		}
		return (T) result;
	}

	/** The call, as an interceptor goes on with it. */
	private Publisher<?> attempt(Invocation changed) {
		Duration left = left(changed);
		if (left != null && (left.isNegative() || left.isZero())) {
			return Mono.error(tooLate());
		}
		this.proceeded = true;
		return this.attempts.apply(changed, left);
	}

	/** The time that is left for an attempt, or null for any. */
	private @Nullable Duration left(Invocation changed) {
		Duration left = (this.end != 0) ? Duration.ofNanos(this.end - this.context.loop().now()) : null;
		Instant deadline = changed.deadline().orElse(null);
		if (deadline != null && !deadline.equals(this.invocation.deadline().orElse(null))) {
			Duration shorter = Duration.between(Instant.now(), deadline);
			return (left == null || shorter.compareTo(left) < 0) ? shorter : left;
		}
		return left;
	}

	/**
	 * Fails when the deadline has passed and neither the call nor an interceptor has
	 * ended.
	 */
	private Mono<Object> late() {
		return Mono.create((sink) -> {
			Disposable.Swap timer = Disposables.swap();
			sink.onDispose(timer);
			Duration left = Duration.ofNanos(Math.max(0, this.end - this.context.loop().now()));
			timer.update(this.context.loop().schedule(() -> expire(sink, timer), left));
		});
	}

	private void expire(MonoSink<Object> sink, Disposable.Swap timer) {
		if (this.proceeded) {
			timer.update(this.context.loop().schedule(() -> sink.error(tooLate()), GRACE));
		}
		else {
			sink.error(tooLate());
		}
	}

	private ActionException tooLate() {
		ActionException error = new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed");
		// As that of a call without interceptors: an action does not pass it on as its
		// own.
		return (this.proceeded ? error.mayHaveRun() : error).foreign();
	}

}
