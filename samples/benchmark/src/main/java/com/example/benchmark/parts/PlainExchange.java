package com.example.benchmark.parts;

import java.security.Principal;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.Question;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An invocation that has arguments, and nobody at the other end.
 *
 * @param action the action
 * @param codec the codec of the arguments
 * @param arguments the encoded arguments
 */
record PlainExchange(Action action, Codec codec, Bytes arguments) implements AgentExchange {

	Mono<Object> run() {
		return Mono.from(this.action.handler().handle(this)).cast(Object.class);
	}

	@Override
	public AgentSession session() {
		throw new UnsupportedOperationException();
	}

	@Override
	public @Nullable Principal principal() {
		return null;
	}

	@Override
	public Optional<Instant> deadline() {
		return Optional.empty();
	}

	@Override
	public @Nullable String idempotencyKey() {
		return null;
	}

	@Override
	public @Nullable String traceparent() {
		return null;
	}

	@Override
	public AgentExchange withArguments(@Nullable Object other) {
		return new PlainExchange(this.action, this.codec, this.codec.encode((other != null) ? other : Map.of()));
	}

	@Override
	public <T> Flux<T> inbound(Class<T> type) {
		return Flux.empty();
	}

	@Override
	public boolean isStopRequested() {
		return false;
	}

	@Override
	public Mono<Void> stopRequested() {
		return Mono.never();
	}

	@Override
	public void progress(double done, @Nullable Double total, @Nullable String text) {
		throw new UnsupportedOperationException();
	}

	@Override
	public InvocationSpec invoke(String action) {
		throw new UnsupportedOperationException();
	}

	@Override
	public <T> Mono<Answer<T>> ask(Question<T> question) {
		throw new UnsupportedOperationException();
	}

	@Override
	public ActionCatalog actions() {
		throw new UnsupportedOperationException();
	}

	@Override
	public void sendEvent(String name, @Nullable Object payload) {
		throw new UnsupportedOperationException();
	}

}
