package io.agentsocket.tool.execution;

import java.util.concurrent.atomic.AtomicReference;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.session.SessionMdc;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;

import org.springframework.util.ClassUtils;

/**
 * Lets the lines that a tool writes to the log have the id of the session and the name of
 * the principal in the MDC: while a thread runs the tool's code, and in all operators of
 * a reactive tool when Reactor propagates contexts automatically. Thread-safe.
 */
public final class ToolMdc implements ToolGuard {

	private static final boolean PROPAGATED = ClassUtils.isPresent("io.micrometer.context.ContextRegistry",
			ToolMdc.class.getClassLoader());

	/** Key of the invocation in the Reactor context, whose entries operators get. */
	private static final String KEY = "agentsocket.mdc";

	/**
	 * The invocation whose entries the thread has, so that a nested one can go back. The
	 * holder of each thread is of the JDK and stays: to remove a thread local with each
	 * call has the next call make it anew, which was 4 % of a short call.
	 */
	private static final ThreadLocal<AtomicReference<@Nullable AgentExchange>> RUNNING = ThreadLocal
		.withInitial(AtomicReference::new);

	private final ToolGuard guard;

	private ToolMdc(ToolGuard guard) {
		this.guard = guard;
	}

	/**
	 * Add the MDC to the values that a guard gives to threads.
	 * @param guard tells threads their callers
	 * @return both, or the guard alone where there is no MDC
	 */
	public static ToolGuard around(ToolGuard guard) {
		if (!SessionMdc.isPresent()) {
			return guard;
		}
		if (PROPAGATED) {
			Propagation.register();
		}
		return new ToolMdc(guard);
	}

	@Override
	public Scope enter(AgentExchange exchange) {
		AtomicReference<@Nullable AgentExchange> running = RUNNING.get();
		AgentExchange outer = running.getPlain();
		running.setPlain(exchange);
		Runnable before = SessionMdc.put(exchange.session(), exchange.principal());
		Scope guarded = this.guard.enter(exchange);
		return () -> {
			guarded.close();
			before.run();
			// A scope is closed where it was opened.
			running.setPlain(outer);
		};
	}

	@Override
	public Context propagated(Context context, AgentExchange exchange) {
		return this.guard.propagated(PROPAGATED ? context.put(KEY, exchange) : context, exchange);
	}

	/** Apart, so that the context propagation library may be missing. */
	private static final class Propagation implements ThreadLocalAccessor<AgentExchange> {

		private static final Propagation INSTANCE = new Propagation();

		/** Registering the same accessor again changes nothing. */
		static void register() {
			ContextRegistry.getInstance().registerThreadLocalAccessor(INSTANCE);
		}

		@Override
		public Object key() {
			return KEY;
		}

		@Override
		public @Nullable AgentExchange getValue() {
			return RUNNING.get().getPlain();
		}

		@Override
		public void setValue(AgentExchange exchange) {
			RUNNING.get().setPlain(exchange);
			SessionMdc.put(exchange.session(), exchange.principal());
		}

		@Override
		public void setValue() {
			RUNNING.get().setPlain(null);
			SessionMdc.remove();
		}

	}

}
