package io.agentsocket.bridge;

import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

import org.springframework.util.ClassUtils;

/**
 * The thread locals of the present thread, such as the observation in scope, as a Reactor
 * context: a call goes on with them on other threads.
 */
public final class ScopeContext {

	private static final boolean OBSERVED = ClassUtils.isPresent(
			"io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor",
			ScopeContext.class.getClassLoader());

	private ScopeContext() {
	}

	/**
	 * Capture them. An observation that does nothing, as libraries without a registry put
	 * around what they call, is left out: the one around it counts.
	 * @return a context for publishers that the present thread subscribes to
	 */
	public static Context present() {
		Context captured = Mono.deferContextual((view) -> Mono.just(Context.of(view)))
			.contextCapture()
			.toFuture()
			.getNow(Context.empty());
		return OBSERVED ? Observed.real(captured) : captured;
	}

	/** Apart, so that the library may be missing. */
	private static final class Observed {

		private Observed() {
		}

		static Context real(Context captured) {
			Observation present = captured.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
			if (present == null || !present.isNoop()) {
				return captured;
			}
			Observation around = around();
			return (around != null) ? captured.put(ObservationThreadLocalAccessor.KEY, around)
					: captured.delete(ObservationThreadLocalAccessor.KEY);
		}

		private static @Nullable Observation around() {
			Observation.Scope scope = ObservationThreadLocalAccessor.getInstance()
				.getObservationRegistry()
				.getCurrentObservationScope();
			while (scope != null && scope.getCurrentObservation().isNoop()) {
				scope = scope.getPreviousObservationScope();
			}
			return (scope != null) ? scope.getCurrentObservation() : null;
		}

	}

}
