package io.agentsocket.session;

import java.time.Duration;
import java.util.Map;
import java.util.function.UnaryOperator;

import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Where identity and attributes of sessions live. Writes to different attributes do not
 * disturb each other, wherever they come from; of two writes to the same one the last one
 * wins, and of two changes none is lost. Implementations are thread-safe and do not
 * block; they fail with any exception when they are out of reach.
 */
public interface SessionAttributes {

	/**
	 * Begin to keep a session.
	 * @param state the session
	 * @param ttl time after which it is forgotten unless it is touched
	 * @return completes when stored
	 */
	@Internal
	Mono<Void> create(SessionState state, Duration ttl);

	/**
	 * Read all attributes of a session.
	 * @param id id of the session
	 * @return a copy, empty when there are none. Values are as they were written, or
	 * {@link StoredValue}s
	 */
	Mono<Map<String, Object>> load(String id);

	/**
	 * Write one attribute; others are left as they are.
	 * @param id id of the session
	 * @param name name of the attribute
	 * @param value its value, or {@code null} to remove it
	 * @return completes when stored; writes of one session are applied in the order in
	 * which this was subscribed to
	 */
	Mono<Void> write(String id, String name, @Nullable Object value);

	/**
	 * Change one attribute, also while others change it: no change gets lost.
	 * @param id id of the session
	 * @param name name of the attribute
	 * @param change gets the present value in the form of {@link #load}, or {@code null},
	 * and returns the new one, or {@code null} to remove it; called again when somebody
	 * else was faster
	 * @return the new value, when stored; empty when removed. Changes and writes of one
	 * session are applied in the order in which this was subscribed to
	 */
	Mono<Object> update(String id, String name, UnaryOperator<@Nullable Object> change);

	/**
	 * The session is in use: its time begins anew.
	 * @param id id of the session
	 * @return completes when stored
	 */
	Mono<Void> touch(String id);

	/**
	 * Let go of all that this process holds for a session that goes on elsewhere.
	 * @param id id of the session
	 */
	void release(String id);

	/**
	 * Forget a session.
	 * @param id id of the session
	 * @return completes when forgotten
	 */
	Mono<Void> delete(String id);

}
