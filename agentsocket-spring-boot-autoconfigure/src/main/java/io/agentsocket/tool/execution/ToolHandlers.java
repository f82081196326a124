package io.agentsocket.tool.execution;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;

import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.declared.DeclaredElements;
import io.agentsocket.method.BeanMethod;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ReactiveAdapter;
import org.springframework.core.io.buffer.DataBuffer;

/**
 * Runs tools where they belong: on the event loop or on the executor.
 */
public final class ToolHandlers {

	private ToolHandlers() {
	}

	/**
	 * A handler whose results have no misplaced {@code null}.
	 * @param handler the handler
	 * @param elements the declaration of the elements of results, or {@code null}
	 * @return the handler
	 */
	public static ActionHandler checked(ActionHandler handler, @Nullable DeclaredElements elements) {
		if (elements == null) {
			return handler;
		}
		return (exchange) -> {
			Publisher<?> results = handler.handle(exchange);
			return (results instanceof Mono<?> value) ? value.doOnNext((result) -> check(result, elements))
					: Flux.from(results).doOnNext((result) -> check(result, elements));
		};
	}

	/**
	 * Run code where blocking tools run, with the thread locals of the invocation.
	 * Cancelling interrupts the thread.
	 * @param code runs once for each subscription
	 * @param executor the executor of tools
	 * @param guard tells the thread its caller
	 * @param exchange the invocation
	 * @param <T> type of the result
	 * @return the result; RESOURCE_EXHAUSTED when the executor takes no more
	 */
	public static <T> Mono<T> blocking(Callable<T> code, Executor executor, ToolGuard guard, AgentExchange exchange) {
		return BlockingCall.on(FairExecutor.of(executor, exchange), new ThreadLocals(guard), code::call);
	}

	private static void check(Object result, DeclaredElements elements) {
		String pointer = elements.misplacedNull(result);
		if (pointer != null) {
			throw new IllegalStateException("The result has null at " + pointer + ", but its type excludes it");
		}
	}

	/**
	 * The handler of an action.
	 * @param code the tool
	 * @param result its result
	 * @param executor runs it, or {@code null} to run it on the event loop
	 * @param guard tells the thread its caller
	 * @return the handler
	 */
	public static ActionHandler of(ToolCode code, ToolResult result, @Nullable Executor executor, ToolGuard guard) {
		ActionHandler handler = of(code, result, executor, new ThreadLocals(guard));
		boolean reactive = result.source() == ToolResult.Source.REACTIVE;
		if (guard == ToolGuard.NONE || executor != null && !reactive) {
			return handler;
		}
		return GuardedPublisher.around(handler, reactive, guard);
	}

	private static ActionHandler of(ToolCode code, ToolResult result, @Nullable Executor executor,
			ThreadLocals threadLocals) {
		if (result.source() == ToolResult.Source.REACTIVE) {
			return reactive(code, result, executor, threadLocals);
		}
		Function<Object, Object> convert = result.conversion();
		if (result.source() == ToolResult.Source.ITERATION) {
			if (executor == null) {
				throw new IllegalArgumentException("Streams are pulled on an executor");
			}
			return (exchange) -> BlockingItems.on(FairExecutor.of(executor, exchange), threadLocals,
					() -> BlockingItems.Source.of(code.run(exchange)), result);
		}
		Function<Object, @Nullable Object> last = (result.shape() == ResultShape.NONE) ? (value) -> null
				: convert::apply;
		if (executor != null) {
			return (exchange) -> BlockingCall.on(FairExecutor.of(executor, exchange), threadLocals,
					() -> value(code, exchange, last));
		}
		if (result.shape() == ResultShape.VALUE) {
			return (exchange) -> Mono.fromCallable(() -> code.run(exchange));
		}
		return (exchange) -> Mono.fromCallable(() -> value(code, exchange, last));
	}

	private static @Nullable Object value(ToolCode code, AgentExchange exchange,
			Function<Object, @Nullable Object> convert) throws Exception {
		Object value = code.run(exchange);
		return (value != null) ? convert.apply(value) : null;
	}

	private static ActionHandler reactive(ToolCode code, ToolResult result, @Nullable Executor executor,
			ThreadLocals threadLocals) {
		ReactiveAdapter adapter = result.adapter();
		Function<AgentExchange, Publisher<?>> start = (exchange) -> start(code, exchange, adapter);
		boolean many = adapter != null && adapter.isMultiValue();
		if (executor != null) {
			Function<AgentExchange, Mono<Publisher<?>>> called = (exchange) -> BlockingCall.on(
					FairExecutor.of(executor, exchange), threadLocals,
					() -> guarded(publisher(code.run(exchange), adapter), exchange, threadLocals));
			start = many ? (exchange) -> called.apply(exchange).flatMapMany(Function.identity())
					: (exchange) -> called.apply(exchange).flatMap(Mono::from);
		}
		Function<AgentExchange, Publisher<?>> source = start;
		boolean bytes = result.shape() == ResultShape.BYTES;
		Function<Object, Object> convert = result.conversion();
		if (result.shape() == ResultShape.NONE) {
			return (exchange) -> Flux.defer(() -> source.apply(exchange)).then();
		}
		if (many) {
			return bytes
					? (exchange) -> Flux.defer(() -> source.apply(exchange))
						.<Object>map(convert)
						.doOnDiscard(DataBuffer.class, ToolResult::release)
					: (exchange) -> Flux.defer(() -> source.apply(exchange));
		}
		return bytes
				? (exchange) -> Mono.defer(() -> Mono.from(source.apply(exchange)))
					.<Object>map(convert)
					.doOnDiscard(DataBuffer.class, ToolResult::release)
				: (exchange) -> Mono.defer(() -> Mono.from(source.apply(exchange)));
	}

	/** It is subscribed to on the same thread, which has left the method. */
	private static Publisher<?> guarded(Publisher<?> results, AgentExchange exchange, ThreadLocals threadLocals) {
		return threadLocals.isGuarded() ? GuardedPublisher.around(results, exchange, threadLocals.guard()) : results;
	}

	private static Publisher<?> start(ToolCode code, AgentExchange exchange, @Nullable ReactiveAdapter adapter) {
		try {
			return publisher(code.run(exchange), adapter);
		}
		catch (Exception ex) {
			return Mono.error(ex);
		}
	}

	private static Publisher<?> publisher(@Nullable Object result, @Nullable ReactiveAdapter adapter) {
		if (result == null) {
			return Mono.empty();
		}
		if (result instanceof Publisher<?> publisher) {
			return publisher;
		}
		if (adapter == null) {
			return Mono.just(result);
		}
		Publisher<?> publisher = adapter.toPublisher(result);
		return adapter.isMultiValue() ? publisher
				: Mono.from(publisher).onErrorMap(CompletionException.class, BeanMethod::unwrap);
	}

}
