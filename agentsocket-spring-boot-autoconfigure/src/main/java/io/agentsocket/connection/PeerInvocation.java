package io.agentsocket.connection;

import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Metadata.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * What is to be invoked, and how. Read by {@link CallerStream} for each subscription.
 */
final class PeerInvocation implements InvocationSpec {

	private static final int MAX_IDEMPOTENCY_KEY = 64;

	private final @Nullable Peer peer;

	private final Mono<Peer> route;

	final String action;

	final @Nullable CalleeStream parent;

	@Nullable Object arguments;

	@Nullable Duration timeout;

	@Nullable String idempotencyKey;

	/** Makes a key for each subscription, if there is none. */
	private final @Nullable Supplier<String> idempotencyKeys;

	@Nullable Boolean idempotent;

	@Nullable String traceparent;

	@Nullable Publisher<?> items;

	@Nullable Publisher<?> stopSignal;

	@Nullable Consumer<Progress> progressListener;

	/** Of a peer that is there. */
	PeerInvocation(Peer peer, String action, @Nullable CalleeStream parent,
			@Nullable Supplier<String> idempotencyKeys) {
		this(peer, Mono.empty(), action, parent, idempotencyKeys);
	}

	/** Of a peer that is found for each subscription. */
	PeerInvocation(Mono<Peer> route, String action) {
		this(null, route, action, null, null);
	}

	private PeerInvocation(@Nullable Peer peer, Mono<Peer> route, String action, @Nullable CalleeStream parent,
			@Nullable Supplier<String> idempotencyKeys) {
		if (!Names.isValid(action)) {
			throw new IllegalArgumentException("Not the name of an action: " + action);
		}
		this.peer = peer;
		this.route = route;
		this.action = action;
		this.parent = parent;
		this.idempotencyKeys = idempotencyKeys;
	}

	@Nullable String newIdempotencyKey() {
		if (this.idempotencyKey != null || this.idempotencyKeys == null) {
			return this.idempotencyKey;
		}
		return this.idempotencyKeys.get();
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
		Peer present = this.peer;
		return (present != null) ? mono(present, type) : found().flatMap(
				(peer) -> this.<T>mono(peer, type).onErrorResume(peer.ownership()::isReleased, (error) -> mono(type)));
	}

	private <T> Mono<T> mono(Peer peer, Type type) {
		return new Mono<>() {
			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				new CallerStream<T>(peer, PeerInvocation.this, type, true, subscriber).start();
			}
		};
	}

	private <T> Flux<T> flux(Type type) {
		Peer present = this.peer;
		return (present != null) ? flux(present, type) : found().flatMapMany(
				(peer) -> this.<T>flux(peer, type).onErrorResume(peer.ownership()::isReleased, (error) -> flux(type)));
	}

	private <T> Flux<T> flux(Peer peer, Type type) {
		return new Flux<>() {
			@Override
			public void subscribe(CoreSubscriber<? super T> subscriber) {
				new CallerStream<T>(peer, PeerInvocation.this, type, false, subscriber).start();
			}
		};
	}

	/** The peer, if it is found in time. */
	private Mono<Peer> found() {
		Duration limit = this.timeout;
		return (limit != null)
				? this.route.timeout(Peer.bounded(limit),
						Mono.error(() -> new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed")))
				: this.route;
	}

}
