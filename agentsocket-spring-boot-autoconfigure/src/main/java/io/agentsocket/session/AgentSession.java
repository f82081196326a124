package io.agentsocket.session;

import java.security.Principal;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * A session as tools and listeners see it. Thread-safe: two tools that write at the same
 * time do not lose each other's attributes.
 *
 * <p>
 * Writes are handed to the store whether or not the returned {@code Mono} is subscribed
 * to; it completes when the store has accepted them, and fails when it could not. A value
 * that is set is seen at once by all readers in this process, one that is updated when it
 * is stored.
 */
public interface AgentSession {

	/**
	 * Id of the session.
	 * @return an id that cannot be guessed; never log it together with the resume token
	 */
	String id();

	/**
	 * Identity of the agent: the principal of its latest connection. In a pod to which
	 * the agent is not connected it has a name and nothing else.
	 * @return the authenticated principal, or {@code null} for an anonymous one
	 */
	@Nullable Principal principal();

	/**
	 * Name and version of the agent.
	 * @return name and version
	 */
	AgentInfo agent();

	/**
	 * When the session was opened.
	 * @return the instant
	 */
	Instant createdAt();

	/**
	 * When a frame of the session was last seen.
	 * @return the instant, exact to about a second
	 */
	Instant lastUsedAt();

	/**
	 * Whether the agent is connected now.
	 * @return {@code false} while detached and after the end
	 */
	boolean isConnected();

	/**
	 * Names of the attributes.
	 * @return a snapshot
	 */
	Set<String> attributeNames();

	/**
	 * Read an attribute.
	 * @param name its name
	 * @param type its type
	 * @param <T> its type
	 * @return the value, or empty when absent
	 * @throws IllegalArgumentException if the value has another type
	 */
	<T> Optional<T> attribute(String name, Class<T> type);

	/**
	 * Set an attribute.
	 * @param name its name
	 * @param value a value that can be serialized, or {@code null} to remove it
	 * @return completes when stored
	 */
	Mono<Void> setAttribute(String name, @Nullable Object value);

	/**
	 * Change an attribute atomically, in whatever processes it is changed at the same
	 * time: no update gets lost.
	 * @param name its name
	 * @param type its type
	 * @param change gets the present value or {@code null}, returns the new one or
	 * {@code null} to remove it; may be called more than once
	 * @param <T> its type
	 * @return the new value, when stored; empty when removed
	 */
	<T> Mono<T> updateAttribute(String name, Class<T> type, UnaryOperator<@Nullable T> change);

	/**
	 * End the session: open invocations are cancelled, the connection is closed with
	 * 4503, and it cannot be resumed.
	 * @return completes when the session has ended
	 */
	Mono<Void> end();

}
