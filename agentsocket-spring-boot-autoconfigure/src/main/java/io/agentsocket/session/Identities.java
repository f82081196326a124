package io.agentsocket.session;

import java.security.Principal;
import java.time.Instant;

import org.jspecify.annotations.Nullable;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * Brings the principals of a security framework into sessions. Thread-safe.
 */
public interface Identities {

	/** For principals of no framework. */
	Identities NONE = new Identities() {
	};

	/**
	 * Whether a principal stands for nobody: the agent is anonymous then, and may
	 * authenticate with a token in HELLO.
	 * @param principal the principal of an upgrade request
	 * @return {@code true} for a principal that the session must not have
	 */
	default boolean isAnonymous(Principal principal) {
		return false;
	}

	/**
	 * When the credential expires that a principal was authenticated with. The connection
	 * of the agent is closed then with 4501, unless the agent shows another one before.
	 * @param principal the principal of a session
	 * @return the time, or {@code null} when the credential does not expire
	 */
	default @Nullable Instant expiresAt(Principal principal) {
		return null;
	}

	/**
	 * The Reactor context of the invocations that come over a connection.
	 * @param upgrade the context of the upgrade request
	 * @param principal the principal of the agent, or {@code null} for an anonymous one
	 * @return the context, in which the framework finds the caller of each invocation
	 */
	default ContextView invocations(ContextView upgrade, @Nullable Principal principal) {
		return Context.of(upgrade);
	}

}
