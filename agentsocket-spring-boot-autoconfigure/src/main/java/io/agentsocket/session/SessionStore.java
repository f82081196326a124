package io.agentsocket.session;

import java.time.Duration;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Where sessions live. Each operation is atomic. Tokens reach the store hashed only.
 * Implementations are thread-safe and do not block; they fail with any exception when
 * they are out of reach. Implements the server's part of section 11 of
 * {@code docs/protocol.md}.
 */
public interface SessionStore {

	/**
	 * Open a session.
	 * @param state the new session, with epoch 1
	 * @param tokenHash hash of its first resume token
	 * @return completes when stored
	 */
	Mono<Void> open(SessionState state, String tokenHash);

	/**
	 * Attach a connection to a session: verify the token, replace it, count the epoch up
	 * and cancel the expiry.
	 * @param id id of the session
	 * @param presentedHash hash of the token that the agent presents; the present one is
	 * valid, and the one before it until {@link #confirm}
	 * @param nextHash hash of the token that it gets
	 * @param principal name of the principal, which must be that of the session
	 * @return the session, or empty when there is none that fits all of it
	 */
	Mono<SessionState> attach(String id, String presentedHash, String nextHash, @Nullable String principal);

	/**
	 * The agent has seen its new token: the one before is void.
	 * @param id id of the session
	 * @param epoch epoch of the attachment
	 * @return completes when stored
	 */
	Mono<Void> confirm(String id, long epoch);

	/**
	 * Start a new sequence of frames.
	 * @param id id of the session
	 * @param log the new id
	 * @return completes when stored
	 */
	Mono<Void> newLog(String id, String log);

	/**
	 * The agent is gone: the session ends after a time unless it comes back.
	 * @param id id of the session
	 * @param epoch epoch of the attachment that ended; nothing happens when it is not the
	 * latest
	 * @param ttl how long the session is kept
	 * @return completes when stored
	 */
	Mono<Void> detach(String id, long epoch, Duration ttl);

	/**
	 * End a session and forget it.
	 * @param id id of the session
	 * @return completes when forgotten
	 */
	Mono<Void> end(String id);

	/**
	 * Read the attributes of a session.
	 * @param id id of the session
	 * @return a copy, empty when there are none
	 */
	Mono<Map<String, Object>> attributes(String id);

	/**
	 * Write one attribute; others are left as they are.
	 * @param id id of the session
	 * @param name name of the attribute
	 * @param value its value, or {@code null} to remove it
	 * @return completes when stored
	 */
	Mono<Void> writeAttribute(String id, String name, @Nullable Object value);

}
