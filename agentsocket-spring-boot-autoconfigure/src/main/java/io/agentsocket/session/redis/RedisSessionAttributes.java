package io.agentsocket.session.redis;

import java.util.Map;
import java.util.Set;

import io.agentsocket.session.Answers;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SpringSessionAttributes;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.core.ReactiveHashOperations;
import org.springframework.data.redis.core.ReactiveRedisTemplate;
import org.springframework.data.redis.serializer.RedisSerializationContext;
import org.springframework.data.redis.serializer.RedisSerializer;
import org.springframework.session.MapSession;
import org.springframework.session.SessionIdGenerator;
import org.springframework.session.data.redis.ReactiveRedisSessionRepository;
import org.springframework.session.data.redis.RedisSessionMapper;

/**
 * Identity and attributes as Spring Sessions in Redis, one hash each:
 * {@code <namespace>:sessions:<session>}. The fields are those of Spring Session, the
 * values JSON; an attribute is read as the type that is asked for.
 */
public final class RedisSessionAttributes {

	/** Attributes that Spring Session needs. */
	private static final Set<String> REQUIRED = Set.of("creationTime", "lastAccessedTime", "maxInactiveInterval");

	private RedisSessionAttributes() {
	}

	/**
	 * Create attributes in Redis.
	 * @param factory how to reach Redis
	 * @param namespace prefix of all keys, without braces
	 * @param mapper writes and reads the values
	 * @return the attributes
	 */
	public static SessionAttributes create(ReactiveRedisConnectionFactory factory, String namespace,
			JsonMapper mapper) {
		AttributeSerializer values = new AttributeSerializer(mapper);
		Answers answers = new Answers();
		return SpringSessionAttributes.over((ids) -> repository(factory, Namespaces.checked(namespace), values, ids),
				new AttributeSwap(factory, namespace, values, answers), answers);
	}

	private static ReactiveRedisSessionRepository repository(ReactiveRedisConnectionFactory factory, String namespace,
			AttributeSerializer values, SessionIdGenerator ids) {
		ReactiveRedisSessionRepository repository = new ReactiveRedisSessionRepository(new Template(factory,
				RedisSerializationContext.<String, Object>newSerializationContext(values)
					.key(RedisSerializer.string())
					.hashKey(RedisSerializer.string())
					.hashValue(values)
					.value(values)
					.build(),
				new WholeHashes(new Scripts(factory), values)));
		repository.setRedisKeyNamespace(namespace);
		repository.setSessionIdGenerator(ids);
		RedisSessionMapper sessions = new RedisSessionMapper();
		repository.setRedisSessionMapper((id, map) -> session(sessions, id, map));
		return repository;
	}

	/**
	 * A write that overlaps with the end of a session elsewhere can leave a part of it
	 * behind, which is no session.
	 */
	private static Mono<MapSession> session(RedisSessionMapper sessions, String id, Map<String, Object> map) {
		return map.keySet().containsAll(REQUIRED) ? Mono.fromSupplier(() -> sessions.apply(id, map)) : Mono.empty();
	}

	/** Asks for connections as all others here do, and reads hashes as a whole. */
	private static final class Template extends ReactiveRedisTemplate<String, Object> {

		private final ReactiveHashOperations<String, ?, ?> hashes;

		Template(ReactiveRedisConnectionFactory factory, RedisSerializationContext<String, Object> context,
				WholeHashes whole) {
			super(factory, context);
			this.hashes = whole.read(super.opsForHash());
		}

		@Override
		@SuppressWarnings("unchecked")
		public <K, V> ReactiveHashOperations<String, K, V> opsForHash() {
			return (ReactiveHashOperations<String, K, V>) this.hashes;
		}

		@Override
		protected Mono<ReactiveRedisConnection> getConnection() {
			return GuardedConnections.connection(getConnectionFactory());
		}

	}

}
