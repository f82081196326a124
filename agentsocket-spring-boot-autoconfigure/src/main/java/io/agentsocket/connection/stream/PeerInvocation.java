package io.agentsocket.connection.stream;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Metadata.Progress;
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

	/** Keys are stored with each call: a UUID has 36 bytes. */
	private static final int MAX_IDEMPOTENCY_KEY = 64;

	private final @Nullable StreamContext context;

	private final Mono<StreamContext> route;

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
		if (key.isEmpty() || key.getBytes(StandardCharsets.UTF_8).length > MAX_IDEMPOTENCY_KEY) {
			throw new IllegalArgumentException("An idempotency key has 1 to " + MAX_IDEMPOTENCY_KEY + " bytes");
		}
		this.idempotencyKey = key;
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
		return (present != null) ? mono(present, type) : found()
			.flatMap((peer) -> this.<T>mono(peer, type).onErrorResume(peer.host()::isReleased, (error) -> mono(type)));
	}

	private <T> Mono<T> mono(StreamContext peer, Type type) {
		return new Mono<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				new CallerStream<T>(peer, PeerInvocation.this, type, true, subscriber).start();
			}

		};
	}

	private <T> Flux<T> flux(Type type) {
		StreamContext present = this.context;
		return (present != null) ? flux(present, type) : found().flatMapMany(
				(peer) -> this.<T>flux(peer, type).onErrorResume(peer.host()::isReleased, (error) -> flux(type)));
	}

	private <T> Flux<T> flux(StreamContext peer, Type type) {
		return new Flux<>() {

			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				new CallerStream<T>(peer, PeerInvocation.this, type, false, subscriber).start();
			}

		};
	}

	/** The peer, if it is found in time. */
	private Mono<StreamContext> found() {
		Duration limit = this.timeout;
		return (limit != null)
				? this.route.timeout(PeerLoop.bounded(limit), Mono
					.error(() -> new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed").foreign()))
				: this.route;
	}

}
