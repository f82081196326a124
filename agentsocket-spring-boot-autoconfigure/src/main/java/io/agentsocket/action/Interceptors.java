package io.agentsocket.action;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.ActionException;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/**
 * The interceptors of a side as chains. Immutable and thread-safe.
 */
@Internal
public final class Interceptors {

	private static final Log logger = PrintableLog.of(Interceptors.class);

	/** No interceptors. */
	public static final Interceptors NONE = new Interceptors(List.of());

	/** Interceptors that stand around the actions of this side. */
	private final List<ActionInterceptor> actions;

	/** Interceptors that stand around the invocations of this side. */
	private final List<ActionInterceptor> invocations;

	private final @Nullable ActionRunListener runListener;

	private Interceptors(List<ActionInterceptor> interceptors) {
		this.actions = interceptors.stream()
			.filter((interceptor) -> overrides(interceptor, "interceptAction", AgentExchange.class,
					ActionInterceptor.ActionChain.class))
			.toList();
		this.invocations = interceptors.stream()
			.filter((interceptor) -> overrides(interceptor, "interceptInvocation", Invocation.class,
					ActionInterceptor.InvocationChain.class))
			.toList();
		this.runListener = listener(interceptors.stream()
			.filter(ActionRunListener.class::isInstance)
			.map(ActionRunListener.class::cast)
			.toList());
	}

	/** An interceptor of one direction costs nothing in the other one. */
	private static boolean overrides(ActionInterceptor interceptor, String method, Class<?>... parameters) {
		try {
			return interceptor.getClass().getMethod(method, parameters).getDeclaringClass() != ActionInterceptor.class;
		}
		catch (NoSuchMethodException ex) {
			// A native image that does not know its methods.
			return true;
		}
	}

	private static @Nullable ActionRunListener listener(List<ActionRunListener> all) {
		if (all.isEmpty()) {
			return null;
		}
		return (exchange, thrown, answered, nanos) -> {
			for (ActionRunListener listener : all) {
				tell(listener, exchange, thrown, answered, nanos);
			}
		};
	}

	/** A listener that fails neither hides the end from others nor keeps the run open. */
	private static void tell(ActionRunListener listener, AgentExchange exchange, @Nullable Throwable thrown,
			@Nullable ActionException answered, long nanos) {
		try {
			listener.ended(exchange, thrown, answered, nanos);
		}
		catch (Throwable ex) {
			logger.warn("A listener to the end of action " + exchange.action().name() + " failed", ex);
		}
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
	 * Whether interceptors stand around the actions of this side.
	 * @return {@code false} when there is nothing to call
	 */
	public boolean hasActions() {
		return !this.actions.isEmpty();
	}

	/**
	 * Whether interceptors stand around the invocations of this side.
	 * @return {@code false} when there is nothing to call
	 */
	public boolean hasInvocations() {
		return !this.invocations.isEmpty();
	}

	/**
	 * Hears how the actions of this side end.
	 * @return the listener, which never throws, or {@code null}
	 */
	public @Nullable ActionRunListener runListener() {
		return this.runListener;
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
		if (position == this.actions.size()) {
			return deferred(() -> action.apply(exchange));
		}
		ActionInterceptor interceptor = this.actions.get(position);
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
		if (position == this.invocations.size()) {
			return deferred(() -> call.apply(invocation));
		}
		ActionInterceptor interceptor = this.invocations.get(position);
		return deferred(() -> Objects.requireNonNull(
				interceptor.interceptInvocation(invocation, (next) -> call(position + 1, next, call)),
				() -> interceptor + " returned null"));
	}

	private static Flux<Object> deferred(java.util.function.Supplier<Publisher<?>> source) {
		return Flux.defer(() -> Flux.from(source.get()));
	}

}
