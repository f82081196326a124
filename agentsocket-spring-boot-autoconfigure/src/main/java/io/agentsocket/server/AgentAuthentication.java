package io.agentsocket.server;

import java.security.Principal;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.ProtocolException;
import io.agentsocket.session.Identities;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.util.context.ContextView;

import org.springframework.util.StringUtils;

/**
 * Finds the principal of an agent: that of its upgrade request, or that of the token
 * which it shows. Thread-safe. Implements the tokens of section 6.1 of
 * {@code docs/protocol.md}.
 */
final class AgentAuthentication {

	private static final Log logger = PrintableLog.of(AgentAuthentication.class);

	private static final SeldomWarning UNCHECKED = new SeldomWarning(logger);

	private static final SeldomWarning NAMELESS = new SeldomWarning(logger);

	private final Identities identities;

	private final @Nullable HelloAuthenticator authenticator;

	/**
	 * Create the authentication of a server.
	 * @param identities knows the principals of a security framework
	 * @param authenticator authenticates tokens in HELLO; null when they are refused
	 */
	AgentAuthentication(Identities identities, @Nullable HelloAuthenticator authenticator) {
		this.identities = identities;
		this.authenticator = authenticator;
	}

	/** Whether an agent may show a token, and another one later. */
	boolean takesTokens() {
		return this.authenticator != null;
	}

	/** The Reactor context in which invocations of a principal run. */
	ContextView context(ContextView upgrade, @Nullable Principal principal) {
		return this.identities.invocations(upgrade, principal);
	}

	/**
	 * The principal of an agent that says HELLO. The identity of the upgrade counts; a
	 * token is for an agent that has none.
	 * @param token the token in HELLO, or {@code null}
	 * @param upgrade the upgrade request
	 * @return the principal, or empty for an anonymous agent; fails with a
	 * {@link ProtocolException} for an agent that must not connect
	 */
	Mono<Principal> principal(@Nullable String token, UpgradeRequest upgrade) {
		return upgrade.principal()
			.filter((principal) -> !this.identities.isAnonymous(principal))
			.switchIfEmpty(Mono.defer(() -> authenticate(token, upgrade)))
			.doOnNext(AgentAuthentication::checkName);
	}

	/**
	 * The principal of another token that an agent shows while it is connected.
	 * @param token the token
	 * @param upgrade the upgrade request, or {@code null} when no tokens are taken
	 * @param within time for the answer of the authenticator
	 * @param timer the timer of the server
	 * @return the principal; fails with a {@link ProtocolException} if the token is not
	 * valid or cannot be checked
	 */
	Mono<Principal> renew(String token, @Nullable UpgradeRequest upgrade, Duration within, Scheduler timer) {
		if (upgrade == null) {
			return unauthenticated("The token is not valid");
		}
		Mono<Principal> late = Mono.defer(() -> unchecked(new TimeoutException("no answer")));
		// The time bounds all that the application has a part in: Reactor throws some
		// errors of it in place of a signal.
		return authenticate(token, upgrade).doOnNext(AgentAuthentication::checkName).timeout(within, late, timer);
	}

	private Mono<Principal> authenticate(@Nullable String token, UpgradeRequest upgrade) {
		HelloAuthenticator present = this.authenticator;
		if (token == null) {
			return (present != null && present.isRequired()) ? unauthenticated("A token is required") : Mono.empty();
		}
		if (present == null) {
			return unauthenticated("The token is not valid");
		}
		// An authenticator that throws refuses as well.
		return Mono.<Principal>defer(() -> present.authenticate(token, upgrade).cast(Principal.class))
			.doOnError((error) -> logger.debug("A token in HELLO was refused", error))
			.onErrorResume((error) -> isUnavailable(error) ? unchecked(error) : Mono.empty())
			.switchIfEmpty(unauthenticated("The token is not valid"));
	}

	/** A session is bound to the name of its principal, so there has to be one. */
	private static void checkName(Principal principal) {
		if (!StringUtils.hasText(principal.getName())) {
			String type = principal.getClass().getName();
			NAMELESS.warn(type, "An agent is refused whose principal has no name, a " + type);
			throw new ProtocolException(CloseCode.FORBIDDEN, "The principal has no name");
		}
	}

	private static boolean isUnavailable(Throwable error) {
		return error instanceof ActionException exception && exception.errorCode() == ErrorCode.UNAVAILABLE;
	}

	/** The fault is on this side alone: the agent may come back with its token. */
	private static Mono<Principal> unchecked(Throwable error) {
		UNCHECKED.warn("A token cannot be checked", error);
		return Mono.error(new ProtocolException(CloseCode.STORE_UNAVAILABLE, "The token cannot be checked"));
	}

	private static Mono<Principal> unauthenticated(String rule) {
		return Mono.error(() -> new ProtocolException(CloseCode.UNAUTHENTICATED, rule));
	}

}
