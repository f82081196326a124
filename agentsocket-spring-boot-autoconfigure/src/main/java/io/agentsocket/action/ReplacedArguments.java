package io.agentsocket.action;

import java.security.Principal;
import java.time.Instant;
import java.util.Optional;

import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * An invocation with other arguments than its caller has sent.
 */
@Internal
public final class ReplacedArguments implements AgentExchange {

	private final AgentExchange exchange;

	private final Bytes arguments;

	/**
	 * Replace the arguments.
	 * @param exchange the invocation
	 * @param arguments a map, record or bean, or {@code null} for none
	 * @throws io.agentsocket.codec.CodecException if they cannot be encoded as a map
	 */
	public ReplacedArguments(AgentExchange exchange, @Nullable Object arguments) {
		this.exchange = exchange;
		this.arguments = (arguments != null) ? exchange.codec().encode(arguments) : Bytes.EMPTY;
		if (!this.arguments.isEmpty()) {
			// Fails when it is no map, here rather than in the action.
			exchange.codec().decodeMap(this.arguments);
		}
	}

	@Override
	public Bytes arguments() {
		return this.arguments;
	}

	@Override
	public AgentExchange withArguments(@Nullable Object other) {
		return this.exchange.withArguments(other);
	}

	@Override
	public Action action() {
		return this.exchange.action();
	}

	@Override
	public AgentSession session() {
		return this.exchange.session();
	}

	@Override
	public @Nullable Principal principal() {
		return this.exchange.principal();
	}

	@Override
	public Optional<Instant> deadline() {
		return this.exchange.deadline();
	}

	@Override
	public @Nullable String idempotencyKey() {
		return this.exchange.idempotencyKey();
	}

	@Override
	public @Nullable String traceparent() {
		return this.exchange.traceparent();
	}

	@Override
	public Codec codec() {
		return this.exchange.codec();
	}

	@Override
	public int callNumber() {
		return this.exchange.callNumber();
	}

	@Override
	public int maxItem() {
		return this.exchange.maxItem();
	}

	@Override
	public @Nullable Invocation parent() {
		return this.exchange.parent();
	}

	@Override
	public ContextView parentContext() {
		return this.exchange.parentContext();
	}

	@Override
	public <T> Flux<T> inbound(Class<T> type) {
		return this.exchange.inbound(type);
	}

	@Override
	public boolean isStopRequested() {
		return this.exchange.isStopRequested();
	}

	@Override
	public Mono<Void> stopRequested() {
		return this.exchange.stopRequested();
	}

	@Override
	public void progress(double done, @Nullable Double total, @Nullable String text) {
		this.exchange.progress(done, total, text);
	}

	@Override
	public InvocationSpec invoke(String name) {
		return this.exchange.invoke(name);
	}

	@Override
	public <T> Mono<Answer<T>> ask(Question<T> question) {
		return this.exchange.ask(question);
	}

	@Override
	public ActionCatalog actions() {
		return this.exchange.actions();
	}

	@Override
	public void sendEvent(String name, @Nullable Object payload) {
		this.exchange.sendEvent(name, payload);
	}

}
