package io.agentsocket.observation;

import java.util.LinkedHashMap;
import java.util.Map;

import io.agentsocket.annotation.Internal;
import io.agentsocket.observation.InvocationAudit.Direction;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.audit.AuditEvent;
import org.springframework.boot.actuate.audit.listener.AuditApplicationEvent;
import org.springframework.context.ApplicationEventPublisher;

/**
 * Publishes invocations as audit events of Spring Boot's Actuator.
 */
@Internal
public final class AuditEvents implements InvocationAuditListener {

	/** Type of the event of an action that ran on this side. */
	public static final String RUN = "AGENTSOCKET_ACTION_RUN";

	/** Type of the event of an action of the other side. */
	public static final String INVOKED = "AGENTSOCKET_ACTION_INVOKED";

	/** Principal of an event without one, as Spring Boot has it. */
	private static final String UNKNOWN = "<unknown>";

	private final ApplicationEventPublisher publisher;

	/**
	 * Create a listener.
	 * @param publisher takes the events
	 */
	public AuditEvents(ApplicationEventPublisher publisher) {
		this.publisher = publisher;
	}

	@Override
	public void audited(InvocationAudit audit) {
		Map<String, @Nullable Object> data = new LinkedHashMap<>();
		data.put("action", audit.action());
		data.put("outcome", audit.outcome().status());
		data.put("durationMillis", audit.duration().toMillis());
		data.put("session", audit.session());
		data.put("agent", audit.agent());
		put(data, "idempotencyKey", audit.idempotencyKey());
		put(data, "traceparent", audit.traceparent());
		put(data, "arguments", audit.arguments());
		this.publisher.publishEvent(new AuditApplicationEvent(event(audit, data)));
	}

	/** The compiler of JDK 17 does not see that Spring Boot takes null values. */
	@SuppressWarnings("NullAway")
	private static AuditEvent event(InvocationAudit audit, Map<String, @Nullable Object> data) {
		String principal = audit.principal();
		return new AuditEvent(audit.begin(), (principal != null) ? principal : UNKNOWN,
				(audit.direction() == Direction.RUN) ? RUN : INVOKED, data);
	}

	private static void put(Map<String, @Nullable Object> data, String key, @Nullable Object value) {
		if (value != null) {
			data.put(key, value);
		}
	}

}
