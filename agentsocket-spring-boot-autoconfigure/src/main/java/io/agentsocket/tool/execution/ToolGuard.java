package io.agentsocket.tool.execution;

import java.lang.reflect.Method;
import java.util.function.Predicate;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.Internal;
import io.agentsocket.session.AgentSession;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

/**
 * Place of a security framework around tools: it tells threads their callers, stands
 * between a call and the bean, and decides which agents see a tool. Thread-safe.
 */
@Internal
public interface ToolGuard {

	/** No security framework. */
	ToolGuard NONE = new ToolGuard() {
	};

	/**
	 * The bean that a call of a tool goes to.
	 * @param bean the bean of the container, perhaps a proxy
	 * @param method the method of the tool, where it was found
	 * @return the bean, or its proxy
	 */
	default Object guarded(Object bean, Method method) {
		return bean;
	}

	/**
	 * Whether a rule for a method can be asked. Calls through {@link #guarded} fail
	 * before the method is entered where it cannot.
	 * @param bean a bean, perhaps a proxy
	 * @param method the method of the tool, where it was found
	 * @return a sentence that tells why not, or {@code null}
	 */
	default @Nullable String mistake(Object bean, Method method) {
		return null;
	}

	/**
	 * Whether a proxy has a rule for a method. Nothing asks the rule where the method is
	 * called past the proxy, as static and private ones are.
	 * @param bean a bean, perhaps a proxy
	 * @param method a method of its class
	 * @return {@code false} if the bean itself has no such rule
	 */
	default boolean secures(Object bean, Method method) {
		return false;
	}

	/**
	 * Tell the present thread its caller. Called around all code of a tool that runs on a
	 * thread: the method itself, the subscription to its publisher, and each pull of a
	 * stream.
	 * @param exchange the invocation
	 * @return closed on the same thread; puts back the state that the thread had before
	 */
	default Scope enter(AgentExchange exchange) {
		return Scope.NONE;
	}

	/**
	 * Add what the thread is told to the context of a tool that Reactor runs. Where
	 * Reactor propagates contexts automatically, each operator sets the thread locals
	 * that its context has a value for, and clears the others.
	 * @param context the context of the invocation
	 * @param exchange the invocation
	 * @return the context with values for the same thread locals
	 */
	default Context propagated(Context context, AgentExchange exchange) {
		return context;
	}

	/**
	 * The rule for the visibility of a tool.
	 * @param type class of the bean
	 * @param method the method of the tool
	 * @param tool its annotation
	 * @return tells for a session, without blocking; {@code null} when everybody does
	 * @throws IllegalArgumentException with a sentence when a rule cannot be understood
	 */
	default @Nullable Predicate<AgentSession> visibility(Class<?> type, Method method, AgentTool tool) {
		return null;
	}

	/**
	 * Undoes the change of a thread.
	 */
	@FunctionalInterface
	interface Scope extends AutoCloseable {

		/** Nothing was done. */
		Scope NONE = () -> {
		};

		@Override
		void close();

	}

}
