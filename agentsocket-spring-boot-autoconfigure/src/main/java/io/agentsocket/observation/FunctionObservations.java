package io.agentsocket.observation;

import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.relay.RequestObserver;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/**
 * Observes the requests to functions, as parts of the invocations that are observed.
 * Thread-safe.
 */
@Internal
public final class FunctionObservations implements RequestObserver {

	private static final FunctionObservationConvention FUNCTION = new DefaultFunctionObservationConvention();

	private final ObservationRegistry registry;

	private final @Nullable FunctionObservationConvention convention;

	/**
	 * Create an observer.
	 * @param registry takes the observations
	 * @param convention names them, or {@code null} for the default
	 */
	public FunctionObservations(ObservationRegistry registry, @Nullable FunctionObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	@Override
	public ObservedRequest begin(RequestedCall call, ContextView context) {
		Observation parent = context.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
		if (parent == null || this.registry.isNoop()) {
			return ObservedRequest.NONE;
		}
		FunctionObservationContext observed = new FunctionObservationContext(call);
		Observation observation = AgentSocketObservation.FUNCTION.observation(this.convention, FUNCTION, () -> observed,
				this.registry);
		ParentScope.start(observation, parent, this.registry);
		return new Running(observation, observed);
	}

	/** A request that is observed. */
	private record Running(Observation observation, FunctionObservationContext context) implements ObservedRequest {

		@Override
		public Map<String, String> headers() {
			Map<String, String> headers = this.context.getCarrier();
			return (headers != null) ? headers : Map.of();
		}

		@Override
		public void ended(String outcome, @Nullable Throwable error) {
			this.context.ended(outcome);
			if (error != null) {
				this.observation.error(error);
			}
			this.observation.stop();
		}

	}

}
