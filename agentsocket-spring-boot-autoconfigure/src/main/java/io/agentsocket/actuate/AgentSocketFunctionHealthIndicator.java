package io.agentsocket.actuate;

import java.util.List;

import io.agentsocket.function.FunctionEndpoint;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Health of an application that is a function. It is down when an action has types of
 * which no schema can be made: relays are not told of that action.
 */
public class AgentSocketFunctionHealthIndicator extends AbstractHealthIndicator {

	private final FunctionEndpoint endpoint;

	/**
	 * Create the indicator.
	 * @param endpoint answers the requests of relays
	 */
	public AgentSocketFunctionHealthIndicator(FunctionEndpoint endpoint) {
		super("The function does not say how it is");
		this.endpoint = endpoint;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		List<String> mistakes = this.endpoint.mistakes();
		if (mistakes == null) {
			builder.up().withDetail("schemas", "not made yet");
		}
		else if (mistakes.isEmpty()) {
			builder.up().withDetail("schemas", "made");
		}
		else {
			builder.down().withDetail("schemas", mistakes);
		}
	}

}
