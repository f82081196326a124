package io.agentsocket.server;

import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.protocol.Names;
import io.agentsocket.protocol.Violation;
import io.agentsocket.session.AgentSession;
import reactor.core.publisher.Mono;

/**
 * The action {@code as.authenticate}, by which an agent shows another credential before
 * the present one expires. Implements section 17.5 of {@code docs/protocol.md}.
 */
final class CredentialRenewal {

	private CredentialRenewal() {
	}

	/**
	 * Create the action.
	 * @param renew renews the credential of a session, see
	 * {@link SessionCredential#renew}
	 */
	static Action action(BiFunction<AgentSession, String, Mono<Long>> renew) {
		return Action.named(Names.AUTHENTICATE)
			.handler((exchange) -> Mono.defer(() -> renew.apply(exchange.session(), token(exchange)))
				.map((expires) -> (expires >= 0) ? Map.of("expires", expires) : Map.of()));
	}

	private static String token(AgentExchange exchange) {
		Map<String, Object> arguments = exchange.arguments().isEmpty() ? Map.of()
				: exchange.codec().decodeMap(exchange.arguments());
		if (arguments.get("token") instanceof String token && !token.isEmpty() && token.length() <= Limits.HELLO) {
			return token;
		}
		throw new ActionException(ErrorCode.INVALID_ARGUMENT, "The arguments do not fit")
			.withViolations(List.of(new Violation("/token", "type", "expected a text of 1 to 8192 characters")))
			.notRun();
	}

}
