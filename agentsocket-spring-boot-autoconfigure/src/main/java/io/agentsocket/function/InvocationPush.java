package io.agentsocket.function;

import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.FunctionPush;
import io.agentsocket.codec.Codec;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/**
 * The push of one invocation, as its tool sees it. Thread-safe. Implements section 10 of
 * {@code docs/function-protocol.md}.
 *
 * @param callback the way to the pods
 * @param exchange the invocation
 * @param detachment answers the request while the tool goes on
 * @param work takes the work after the answer
 */
record InvocationPush(CallbackPush callback, AgentExchange exchange, Mono<Void> detachment,
		DetachedWork work) implements FunctionPush {

	@Override
	public Mono<Receipt> event(String name, @Nullable Object payload) {
		return Mono.defer(() -> {
			Codec codec = this.exchange.codec();
			Map<String, Object> operation = new HashMap<>();
			operation.put("event", name);
			operation.put("payload", (payload != null) ? codec.decode(codec.encode(payload), Object.class) : null);
			return send(List.of(operation));
		});
	}

	@Override
	public Mono<Receipt> send(List<? extends Map<String, ?>> operations) {
		return this.callback.send(operations);
	}

	@Override
	public <T> Mono<T> detach() {
		return this.detachment.then(Mono.empty());
	}

	@Override
	public <T> Flux<T> detach(Publisher<? extends T> rest) {
		return Flux.from(goOn(Flux.from(rest)));
	}

	@Override
	public <T> Mono<T> detach(Mono<? extends T> rest) {
		return goOn(Flux.from(rest));
	}

	private <T> Mono<T> goOn(Flux<?> rest) {
		return Mono.deferContextual((ContextView context) -> {
			DetachedRun run = this.work.take(this.callback, this.exchange);
			return this.detachment.doOnError((error) -> run.dispose())
				.doOnCancel(run::dispose)
				.then(Mono.fromRunnable(() -> run.begin(rest.contextWrite(context))));
		});
	}

	@Override
	public URI url() {
		return this.callback.url();
	}

	@Override
	public String token() {
		return this.callback.token();
	}

	@Override
	public Instant expiresAt() {
		return this.callback.expiresAt();
	}

	@Override
	public Set<String> scope() {
		return this.callback.scope();
	}

	/** Does not show the token. */
	@Override
	public String toString() {
		return "FunctionPush to " + this.callback.url();
	}

}
