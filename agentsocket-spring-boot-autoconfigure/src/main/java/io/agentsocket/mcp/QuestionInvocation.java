package io.agentsocket.mcp;

import java.lang.reflect.Type;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

import io.agentsocket.action.InvocationSpec;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Progress;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Names;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * An invocation of the caller by an action: a client of MCP answers questions, and offers
 * nothing else. Not thread-safe before it is subscribed to.
 */
final class QuestionInvocation implements InvocationSpec {

	private final CallerSide caller;

	private final Codec codec;

	private final String action;

	private Map<String, Object> arguments = Map.of();

	private @Nullable Duration timeout;

	QuestionInvocation(CallerSide caller, Codec codec, String action) {
		this.caller = caller;
		this.codec = codec;
		this.action = action;
	}

	@Override
	public InvocationSpec arguments(@Nullable Object arguments) {
		this.arguments = (arguments != null) ? this.codec.decodeMap(this.codec.encode(arguments))
				: new LinkedHashMap<>();
		return this;
	}

	@Override
	public InvocationSpec timeout(Duration timeout) {
		this.timeout = Expect.positive("timeout", timeout);
		return this;
	}

	@Override
	public InvocationSpec idempotencyKey(String key) {
		InvocationSpec.requireIdempotencyKey(key);
		return this;
	}

	@Override
	public InvocationSpec idempotent(boolean idempotent) {
		return this;
	}

	@Override
	public InvocationSpec traceparent(@Nullable String traceparent) {
		return this;
	}

	@Override
	public InvocationSpec items(Publisher<?> items) {
		return this;
	}

	@Override
	public InvocationSpec stopWhen(Publisher<?> signal) {
		return this;
	}

	@Override
	public InvocationSpec onProgress(Consumer<Progress> listener) {
		return this;
	}

	@Override
	public <T> Mono<T> toMono(Class<T> type) {
		return answer(type);
	}

	@Override
	public <T> Mono<T> toMono(ParameterizedTypeReference<T> type) {
		return answer(type.getType());
	}

	@Override
	public <T> Flux<T> toFlux(Class<T> type) {
		return this.<T>answer(type).flux();
	}

	@Override
	public <T> Flux<T> toFlux(ParameterizedTypeReference<T> type) {
		return this.<T>answer(type.getType()).flux();
	}

	private <T> Mono<T> answer(Type type) {
		if (!this.action.equals(Names.ASK) && !this.action.equals(Names.APPROVE)) {
			return Mono.error(new ActionException(ErrorCode.NOT_FOUND, "A client of MCP offers no actions").foreign());
		}
		Mono<Map<String, Object>> answer = this.caller.ask(this.action, this.arguments);
		if (this.timeout != null) {
			answer = answer.timeout(this.timeout, Mono
				.error(() -> new ActionException(ErrorCode.DEADLINE_EXCEEDED, "The deadline has passed").foreign()));
		}
		return answer.flatMap((map) -> Mono.<T>justOrEmpty(this.codec.<T>decode(this.codec.encode(map), type)));
	}

}
