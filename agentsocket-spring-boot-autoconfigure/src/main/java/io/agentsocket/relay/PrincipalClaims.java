package io.agentsocket.relay;

import java.security.Principal;
import java.util.List;
import java.util.Map;

/**
 * Knows the claims of principals. Thread-safe and not blocking.
 */
@FunctionalInterface
public interface PrincipalClaims {

	/** Knows none. */
	PrincipalClaims NONE = (principal, names) -> Map.of();

	/**
	 * The claims of a principal.
	 * @param principal the principal
	 * @param names names of the claims that are wanted
	 * @return those that it has: texts, numbers, booleans, lists and maps
	 */
	Map<String, Object> of(Principal principal, List<String> names);

}
