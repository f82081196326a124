package io.agentsocket.actuate;

import java.time.Duration;

import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.ClientReport;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.protocol.Printable;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Health of a client. A client that nobody has used yet is up, and so is one that lost
 * its connection a moment ago: calls wait for the next one. It is down when calls fail,
 * because there has been no connection for as long as they wait or because the server
 * refuses it.
 */
public class AgentSocketClientHealthIndicator extends AbstractHealthIndicator {

	/** A reason has the text of a server in it. */
	private static final int MAX_REASON = 500;

	private final AgentSocketClient client;

	/**
	 * Create the indicator.
	 * @param client the client
	 */
	public AgentSocketClientHealthIndicator(AgentSocketClient client) {
		super("The client does not say how it is");
		this.client = client;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		ClientReport report = this.client.report();
		switch (report.state()) {
			case IDLE, CONNECTED -> builder.up();
			case CONNECTING -> builder.status(isLate(report) ? "DOWN" : "UP");
			case REFUSED -> builder.down();
			case CLOSED -> builder.outOfService();
		}
		builder.withDetail("state", report.state());
		Duration outage = report.outage();
		if (!outage.isZero()) {
			builder.withDetail("withoutConnection", outage.toMillis() + "ms");
		}
		String reason = this.client.lastFailure();
		if (reason != null && report.state() != ConnectionState.CONNECTED) {
			builder.withDetail("reason", Printable.of(reason, MAX_REASON));
		}
	}

	private static boolean isLate(ClientReport report) {
		return report.outage().compareTo(report.maxWait()) >= 0;
	}

}
