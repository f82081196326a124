package io.agentsocket.function;

import java.security.Principal;
import java.util.Map;

/**
 * The agent's identity as the pod has told it. Believed because the request is signed.
 *
 * @param name name of the principal
 * @param claims the claims that the configuration of the pod passes on
 */
public record FunctionPrincipal(String name, Map<String, Object> claims) implements Principal {

	@Override
	public String getName() {
		return this.name;
	}

	/** Does not show the claims. */
	@Override
	public String toString() {
		return this.name;
	}

}
