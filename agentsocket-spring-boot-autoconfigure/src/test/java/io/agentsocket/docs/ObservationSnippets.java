package io.agentsocket.docs;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.agentsocket.observation.ActionObservationContext;
import io.agentsocket.observation.DefaultActionObservationConvention;
import io.agentsocket.observation.InvocationAudit;
import io.agentsocket.observation.InvocationAuditListener;
import io.micrometer.common.KeyValues;

import org.springframework.stereotype.Component;

/**
 * The snippets of {@code docs/observation.md}.
 */
public final class ObservationSnippets {

	private ObservationSnippets() {
	}

	/** Adds the tenant of the session to the tags. */
	// tag::convention[]
	@Component
	public static class TenantConvention extends DefaultActionObservationConvention {

		@Override
		public KeyValues getLowCardinalityKeyValues(ActionObservationContext context) {
			String tenant = context.session().attribute("tenant", String.class).orElse("none");
			return super.getLowCardinalityKeyValues(context).and("tenant", tenant);
		}

	}
	// end::convention[]

	/** Keeps records of what agents did. */
	// tag::audit[]
	@Component
	public static class Records implements InvocationAuditListener {

		private final Queue<String> lines = new ConcurrentLinkedQueue<>();

		@Override
		public void audited(InvocationAudit audit) {
			this.lines.add(audit.begin() + " " + audit.principal() + " " + audit.action() + " "
					+ audit.outcome().status() + " " + audit.duration().toMillis() + " ms");
		}

	}
	// end::audit[]

}
