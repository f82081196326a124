package io.agentsocket.autoconfigure.security;

import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;

/**
 * The application can authenticate a token that comes in HELLO.
 */
final class OnHelloTokens extends AnyNestedCondition {

	private static final String INTROSPECTION = "org.springframework.security.oauth2.server.resource.introspection.";

	OnHelloTokens() {
		super(ConfigurationPhase.REGISTER_BEAN);
	}

	@ConditionalOnBooleanProperty("agentsocket.security.tickets.enabled")
	static class WithTickets {

	}

	@ConditionalOnBean(type = "org.springframework.security.oauth2.jwt.ReactiveJwtDecoder")
	static class WithReactiveDecoder {

	}

	@ConditionalOnBean(type = "org.springframework.security.oauth2.jwt.JwtDecoder")
	static class WithDecoder {

	}

	@ConditionalOnBean(type = INTROSPECTION + "ReactiveOpaqueTokenIntrospector")
	static class WithReactiveIntrospector {

	}

	@ConditionalOnBean(type = INTROSPECTION + "OpaqueTokenIntrospector")
	static class WithIntrospector {

	}

}
