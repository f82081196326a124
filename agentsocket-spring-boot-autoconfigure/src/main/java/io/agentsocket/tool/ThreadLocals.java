package io.agentsocket.tool;

import io.micrometer.context.ContextSnapshotFactory;
import reactor.util.context.ContextView;

import org.springframework.util.ClassUtils;

/**
 * Restores thread locals from the Reactor context around blocking work, where the context
 * propagation library is present.
 */
final class ThreadLocals {

	private static final boolean PRESENT = ClassUtils.isPresent("io.micrometer.context.ContextSnapshotFactory",
			ThreadLocals.class.getClassLoader());

	private ThreadLocals() {
	}

	static Scope restore(ContextView context) {
		return (PRESENT && !context.isEmpty()) ? Propagation.restore(context) : Scope.NONE;
	}

	/**
	 * Undoes the restoration when closed.
	 */
	@FunctionalInterface
	interface Scope extends AutoCloseable {

		/** Nothing was restored. */
		Scope NONE = () -> {
		};

		@Override
		void close();

	}

	private static final class Propagation {

		private static final ContextSnapshotFactory FACTORY = ContextSnapshotFactory.builder().build();

		private Propagation() {
		}

		static Scope restore(ContextView context) {
			// Looks up the keys of thread locals, and copies nothing when there is none.
			return FACTORY.setThreadLocalsFrom(context)::close;
		}

	}

}
