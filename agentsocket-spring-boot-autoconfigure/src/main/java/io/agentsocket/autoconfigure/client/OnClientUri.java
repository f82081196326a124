package io.agentsocket.autoconfigure.client;

import java.util.List;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Depends on {@code agentsocket.client.uri} or {@code agentsocket.client.uris}, the
 * latter in every form in which lists are written.
 */
final class OnClientUri extends SpringBootCondition {

	private static final String URI = "agentsocket.client.uri";

	private static final String URIS = "agentsocket.client.uris";

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		Environment environment = context.getEnvironment();
		List<String> uris = Binder.get(environment).bind(URIS, Bindable.listOf(String.class)).orElse(List.of());
		boolean found = environment.containsProperty(URI) || !uris.isEmpty();
		return new ConditionOutcome(found, ConditionMessage.forCondition("an address of a server")
			.because(found ? "there is one" : "neither " + URI + " nor " + URIS + " is set"));
	}

}
