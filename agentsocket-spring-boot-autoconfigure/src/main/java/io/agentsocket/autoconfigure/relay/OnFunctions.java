package io.agentsocket.autoconfigure.relay;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches when a function is configured.
 */
final class OnFunctions extends SpringBootCondition {

	private static final String PROPERTY = "agentsocket.functions";

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		boolean present = Binder.get(context.getEnvironment())
			.bind(PROPERTY, Bindable.mapOf(String.class, Object.class))
			.map((functions) -> !functions.isEmpty())
			.orElse(false);
		ConditionMessage.Builder message = ConditionMessage.forCondition("functions");
		return present ? ConditionOutcome.match(message.found("property").items(PROPERTY))
				: ConditionOutcome.noMatch(message.didNotFind("property").items(PROPERTY));
	}

}
