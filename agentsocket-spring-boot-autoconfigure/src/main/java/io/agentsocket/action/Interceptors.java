package io.agentsocket.action;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.agentsocket.annotation.Internal;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * The interceptors of a side as chains. Immutable and thread-safe.
 */
@Internal
public final class Interceptors {

	/** No interceptors. */
	public static final Interceptors NONE = new Interceptors(List.of());

	private final List<ActionInterceptor> interceptors;

	private Interceptors(List<ActionInterceptor> interceptors) {
		this.interceptors = interceptors;
	}

	/**
	 * Make chains of interceptors.
	 * @param interceptors the interceptors, the outermost one first
	 * @return the chains
	 */
	public static Interceptors of(List<ActionInterceptor> interceptors) {
		return interceptors.isEmpty() ? NONE : new Interceptors(List.copyOf(interceptors));
	}

	/**
	 * Whether there is nothing to call.
	 * @return {@code true} without interceptors
	 */
	public boolean isEmpty() {
		return this.interceptors.isEmpty();
	}

	/**
	 * Run an action.
	 * @param exchange the invocation
	 * @param action runs it at the end of the chain, at each subscription
	 * @return the results of the whole chain
	 */
	public Flux<Object> run(AgentExchange exchange, Function<AgentExchange, Publisher<?>> action) {
		return run(0, exchange, action);
	}

	private Flux<Object> run(int position, AgentExchange exchange, Function<AgentExchange, Publisher<?>> action) {
		if (position == this.interceptors.size()) {
			return deferred(() -> action.apply(exchange));
		}
		ActionInterceptor interceptor = this.interceptors.get(position);
		return deferred(() -> Objects.requireNonNull(
				interceptor.interceptAction(exchange, (next) -> run(position + 1, next, action)),
				() -> interceptor + " returned null"));
	}

	/**
	 * Invoke an action of the other side.
	 * @param invocation the invocation
	 * @param call makes the call at the end of the chain, at each subscription
	 * @return the results of the whole chain
	 */
	public Flux<Object> call(Invocation invocation, Function<Invocation, Publisher<?>> call) {
		return call(0, invocation, call);
	}

	private Flux<Object> call(int position, Invocation invocation, Function<Invocation, Publisher<?>> call) {
		if (position == this.interceptors.size()) {
			return deferred(() -> call.apply(invocation));
		}
		ActionInterceptor interceptor = this.interceptors.get(position);
		return deferred(() -> Objects.requireNonNull(
				interceptor.interceptInvocation(invocation, (next) -> call(position + 1, next, call)),
				() -> interceptor + " returned null"));
	}

	private static Flux<Object> deferred(java.util.function.Supplier<Publisher<?>> source) {
		return Flux.defer(() -> Flux.from(source.get()));
	}

}
