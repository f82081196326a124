package io.agentsocket.actuate;

import java.time.Duration;

import io.agentsocket.server.AgentSocketServer;
import reactor.core.publisher.Mono;

import org.springframework.boot.health.contributor.AbstractReactiveHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Whether this pod can take agents: out of service while it drains or has no room for
 * sessions, down when the session store is out of reach. Meant for readiness. A pod in
 * such a state is alive, and a restart helps nobody.
 */
public class AgentSocketHealthIndicator extends AbstractReactiveHealthIndicator {

	/** A probe waits for one second by default; this leaves it time to hear of it. */
	private static final Duration STORE_TIMEOUT = Duration.ofMillis(800);

	private final AgentSocketServer server;

	/**
	 * Create the indicator.
	 * @param server the server
	 */
	public AgentSocketHealthIndicator(AgentSocketServer server) {
		super("The session store is out of reach");
		this.server = server;
	}

	@Override
	protected Mono<Health> doHealthCheck(Health.Builder builder) {
		builder.withDetail("connections", this.server.connections()).withDetail("draining", this.server.isDraining());
		String obstacle = this.server.obstacle();
		if (obstacle != null) {
			return Mono.just(builder.outOfService().withDetail("reason", obstacle).build());
		}
		return this.server.operators()
			.checkStore(STORE_TIMEOUT)
			.then(Mono.fromSupplier(() -> builder.up().build()))
			.onErrorResume((error) -> Mono
				.just(builder.down().withDetail("reason", "the session store is out of reach").build()));
	}

}
