package io.agentsocket.autoconfigure;

import io.agentsocket.annotation.Internal;

import org.springframework.boot.autoconfigure.condition.AnyNestedCondition;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;

/**
 * The application has a web stack that an endpoint can be part of.
 */
@Internal
public final class OnWebStack extends AnyNestedCondition {

	OnWebStack() {
		super(ConfigurationPhase.REGISTER_BEAN);
	}

	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	@ConditionalOnClass(name = { "org.springframework.web.reactive.DispatcherHandler",
			"org.springframework.web.reactive.socket.WebSocketHandler" })
	static class WithWebFlux {

	}

	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	@ConditionalOnClass(name = "jakarta.servlet.http.HttpServlet")
	static class WithServlets {

	}

}
