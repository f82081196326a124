package io.agentsocket.tool.execution;

import io.agentsocket.action.AgentExchange;
import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

import org.springframework.util.ClassUtils;

/**
 * Sets thread locals around the code of a tool: those that the context propagation
 * library finds in the Reactor context, where it is present, and those of the guard.
 *
 * @param guard tells the thread its caller
 */
record ThreadLocals(ToolGuard guard) {

	private static final boolean PRESENT = ClassUtils.isPresent("io.micrometer.context.ContextSnapshotFactory",
			ThreadLocals.class.getClassLoader());

	/** Sets all of them from the context of an invocation. */
	ToolGuard.Scope restore(ContextView context) {
		ToolGuard.Scope restored = (PRESENT && !context.isEmpty()) ? Propagation.restore(context)
				: ToolGuard.Scope.NONE;
		AgentExchange exchange = isGuarded() ? exchange(context) : null;
		if (exchange == null) {
			return restored;
		}
		ToolGuard.Scope entered;
		try {
			entered = this.guard.enter(exchange);
		}
		catch (Throwable ex) {
			try (restored) {
				throw ex;
			}
		}
		return () -> {
			try (restored) {
				entered.close();
			}
		};
	}

	/** Whether the guard does anything. */
	boolean isGuarded() {
		return this.guard != ToolGuard.NONE;
	}

	private static @Nullable AgentExchange exchange(ContextView context) {
		return context.getOrDefault(AgentExchange.class, null);
	}

	private static final class Propagation {

		private static final ContextSnapshotFactory FACTORY = ContextSnapshotFactory.builder().build();

		private Propagation() {
		}

		static ToolGuard.Scope restore(ContextView context) {
			// Looks up the keys of thread locals, and copies nothing when there is none.
			return FACTORY.setThreadLocalsFrom(context)::close;
		}

	}

}
