package io.agentsocket.connection.stream;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.agentsocket.action.Invocation;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Progress;
import io.agentsocket.connection.loop.PeerLoop;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Builds a call and makes it for each subscription, with the peer that is there, or with
 * the one that is found then.
 */
public final class PeerInvocation extends CallRequest implements InvocationSpec {

	private final @Nullable StreamContext context;

	private final Mono<StreamContext> route;

	private boolean internal;

	/**
	 * Create a call of a peer that is there.
	 * @param context the peer
	 * @param action name of the action
	 * @param idempotencyKeys makes the idempotency keys of those subscriptions for which
	 * none is set
	 */
	public PeerInvocation(StreamContext context, String action, @Nullable Supplier<String> idempotencyKeys) {
		super(action, null, idempotencyKeys);
		this.context = context;
		this.route = Mono.empty();
	}

	/** Create a call that is nested into one that runs here. */
	PeerInvocation(StreamContext context, ParentCall parent, String action) {
		super(action, parent, null);
		this.context = context;
		this.route = Mono.empty();
	}

	/**
	 * Create a call of a peer that is found for each subscription.
	 * @param route finds it
	 * @param action name of the action
	 */
	public PeerInvocation(Mono<StreamContext> route, String action) {
		super(action, null, null);
		this.context = null;
		this.route = route;
	}

	/** Create the call that an interceptor goes on with. */
	PeerInvocation(PeerInvocation original, Invocation changed, @Nullable Duration timeout) {
		super(original.action, original.parent, null);
		this.context = original.context;
		this.route = original.route;
		this.invocation = changed;
		this.arguments = changed.arguments();
		this.timeout = timeout;
		this.idempotencyKey = changed.idempotencyKey();
		this.idempotent = original.idempotent;
		this.traceparent = changed.traceparent();
		this.items = changed.items();
		this.stopSignal = original.stopSignal;
		this.progressListener = original.progressListener;
	}

	/** Make the call for the peer itself: interceptors do not see it. */
	PeerInvocation internal() {
		this.internal = true;
		return this;
	}

	@Override
	public InvocationSpec arguments(@Nullable Object arguments) {
		this.arguments = arguments;
		return this;
	}

	@Override
	public InvocationSpec timeout(Duration timeout) {
		if (timeout.isNegative() || timeout.isZero()) {
			throw new IllegalArgumentException("A timeout is positive: " + timeout);
		}
		this.timeout = timeout;
		return this;
	}

	@Override
	public InvocationSpec idempotencyKey(String key) {
		this.idempotencyKey = InvocationSpec.requireIdempotencyKey(key);
		return this;
	}

	@Override
	public InvocationSpec idempotent(boolean idempotent) {
		this.idempotent = idempotent;
		return this;
	}

	@Override
	public InvocationSpec traceparent(@Nullable String traceparent) {
		this.traceparent = traceparent;
		return this;
	}

	@Override
	public InvocationSpec items(Publisher<?> items) {
		this.items = items;
		return this;
	}

	@Override
	public InvocationSpec stopWhen(Publisher<?> signal) {
		this.stopSignal = signal;
		return this;
	}

	@Override
	public InvocationSpec onProgress(Consumer<Progress> listener) {
		this.progressListener = listener;
		return this;
	}

	@Override
	public <T> Mono<T> toMono(Class<T> type) {
		return mono(type);
	}

	@Override
	public <T> Mono<T> toMono(ParameterizedTypeReference<T> type) {
		return mono(type.getType());
	}

	@Override
	public <T> Flux<T> toFlux(Class<T> type) {
		return flux(type);
	}

	@Override
	public <T> Flux<T> toFlux(ParameterizedTypeReference<T> type) {
		return flux(type.getType());
	}

	private <T> Mono<T> mono(Type type) {
		StreamContext present = this.context;
		if (present != null) {
			return mono(present, type, null);
		}
		Mono<T> routed = Mono.defer(() -> {
			TimeLeft time = TimeLeft.of(this.timeout);
			return found(time).flatMap((peer) -> this.<T>mono(peer, type, time));
		});
		// The peer is found on another thread. An observation in scope, for example, goes
		// along, unless the Reactor context of the caller has one.
		return Mono.deferContextual((own) -> routed.contextWrite(own).contextCapture());
	}

	private <T> Mono<T> mono(StreamContext peer, Type type, @Nullable TimeLeft time) {
		if (!isIntercepted(peer)) {
			return directMono(peer, type, time);
		}
		// The last item of a stream counts, as without interceptors.
		return InterceptedCall
			.<T>results(peer, this, type, true,
					(changed, left) -> new PeerInvocation(this, changed, left).<Object>directMono(peer, type, time))
			.takeLast(1)
			.singleOrEmpty();
	}

	private <T> Mono<T> directMono(StreamContext peer, Type type, @Nullable TimeLeft time) {
		Mono<T> call = new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				new CallerStream<T>(peer, PeerInvocation.this, limit(time), type, true, subscriber).start();
			}

		};
		if (this.context != null) {
			return call;
		}
		TimeLeft rest = (time != null) ? time : TimeLeft.of(this.timeout);
		return call.onErrorResume(peer.host()::isRetired,
				(error) -> found(rest).flatMap((next) -> directMono(next, type, rest)));
	}

	private <T> Flux<T> flux(Type type) {
		StreamContext present = this.context;
		if (present != null) {
			return flux(present, type, null);
		}
		Flux<T> routed = Flux.defer(() -> {
			TimeLeft time = TimeLeft.of(this.timeout);
			return found(time).flatMapMany((peer) -> this.<T>flux(peer, type, time));
		});
		return Flux.deferContextual((own) -> routed.contextWrite(own).contextCapture());
	}

	private <T> Flux<T> flux(StreamContext peer, Type type, @Nullable TimeLeft time) {
		return isIntercepted(peer)
				? InterceptedCall.results(peer, this, type, false,
						(changed, left) -> new PeerInvocation(this, changed, left).<Object>directFlux(peer, type, time))
				: directFlux(peer, type, time);
	}

	private <T> Flux<T> directFlux(StreamContext peer, Type type, @Nullable TimeLeft time) {
		Flux<T> call = new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				new CallerStream<T>(peer, PeerInvocation.this, limit(time), type, false, subscriber).start();
			}

		};
		if (this.context != null) {
			return call;
		}
		TimeLeft rest = (time != null) ? time : TimeLeft.of(this.timeout);
		return call.onErrorResume(peer.host()::isRetired,
				(error) -> found(rest).flatMapMany((next) -> directFlux(next, type, rest)));
	}

	private boolean isIntercepted(StreamContext peer) {
		return !this.internal && peer.interceptors().hasInvocations();
	}

	/** The time that a call has: all of it, or its rest after the search for the peer. */
	private @Nullable Duration limit(@Nullable TimeLeft time) {
		Duration left = (time != null) ? time.left() : null;
		Duration whole = this.timeout;
		return (left == null || (whole != null && whole.compareTo(left) < 0)) ? whole : left;
	}

	/** The peer, if it is found in time. */
	private Mono<StreamContext> found(TimeLeft time) {
		Duration limit = time.left();
		return (limit != null)
				? this.route.timeout(PeerLoop.bounded(limit), Mono
					.error(() -> new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed").foreign()))
				: this.route;
	}

	/**
	 * The time of one call, from the moment at which it is subscribed to: finding its
	 * peer, perhaps more than once, is part of it.
	 *
	 * @param limit the timeout, or {@code null} for none
	 * @param start value of {@link System#nanoTime()} when it began
	 */
	private record TimeLeft(@Nullable Duration limit, long start) {

		static TimeLeft of(@Nullable Duration limit) {
			return new TimeLeft(limit, System.nanoTime());
		}

		/** The rest of the time, at least a nanosecond, so that there is a timer. */
		@Nullable Duration left() {
			Duration whole = this.limit;
			if (whole == null) {
				return null;
			}
			Duration left = whole.minusNanos(System.nanoTime() - this.start);
			return (left.isNegative() || left.isZero()) ? Duration.ofNanos(1) : left;
		}

	}

}
