package io.agentsocket.session;

import java.security.Principal;
import java.time.Instant;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;

/**
 * A session that is there for a single call: knows its caller, and when it began.
 */
@Internal
public abstract class CallSession implements AgentSession {

	private volatile @Nullable Principal principal;

	private final AgentInfo agent;

	private final Instant createdAt = Instant.now();

	/**
	 * Create a session.
	 * @param principal the caller, or {@code null}
	 * @param agent name and version that the caller gives
	 */
	protected CallSession(@Nullable Principal principal, AgentInfo agent) {
		this.principal = principal;
		this.agent = agent;
	}

	/**
	 * The caller was authenticated anew.
	 * @param present its principal as it is now, or {@code null}
	 */
	protected void authenticated(@Nullable Principal present) {
		this.principal = present;
	}

	/**
	 * The key by which the work of a session is shared out and ordered.
	 * @param session any session
	 * @return equal for all that take turns and have one share
	 */
	public static Object turnKey(AgentSession session) {
		return (session instanceof CallSession call) ? call.turnKey() : session.id();
	}

	/**
	 * The key by which the work of this session is shared out and ordered.
	 * @return the id, or the caller when each call has a session of its own
	 */
	protected Object turnKey() {
		return id();
	}

	@Override
	public final @Nullable Principal principal() {
		return this.principal;
	}

	@Override
	public final AgentInfo agent() {
		return this.agent;
	}

	@Override
	public final Instant createdAt() {
		return this.createdAt;
	}

	@Override
	public final Instant lastUsedAt() {
		return Instant.now();
	}

	@Override
	public final String toString() {
		return "AgentSession " + id();
	}

}
