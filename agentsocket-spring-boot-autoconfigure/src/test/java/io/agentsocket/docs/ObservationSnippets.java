package io.agentsocket.docs;

import io.agentsocket.observation.ActionObservationContext;
import io.agentsocket.observation.DefaultActionObservationConvention;
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

}
