package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.agentsocket.annotation.Internal;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.Answers;
import io.agentsocket.session.OneTimeValues;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.core.types.Expiration;

/**
 * Values in Redis, one key each: {@code <namespace>:once:<key>}. Thread-safe.
 */
@Internal
public final class RedisOneTimeValues implements OneTimeValues {

	private final ReactiveRedisConnectionFactory factory;

	private final String prefix;

	private final Answers answers;

	/**
	 * Create values.
	 * @param factory how to reach Redis
	 * @param namespace prefix of all keys, without braces
	 */
	public RedisOneTimeValues(ReactiveRedisConnectionFactory factory, String namespace) {
		this(factory, namespace, new Answers());
	}

	RedisOneTimeValues(ReactiveRedisConnectionFactory factory, String namespace, Answers answers) {
		this.answers = answers;
		this.factory = factory;
		this.prefix = Namespaces.checked(namespace) + ":once:";
	}

	private ByteBuffer key(String key) {
		return ByteBuffer.wrap((this.prefix + key).getBytes(StandardCharsets.UTF_8));
	}

	/** Kept by a first attempt that was late, it could be taken twice. */
	@Override
	public Mono<Void> put(String key, Bytes value, Duration ttl) {
		return this.answers
			.once("a value to keep",
					() -> Mono.usingWhen(GuardedConnections.connection(this.factory),
							(connection) -> connection.stringCommands()
								.pSetEX(key(key), ByteBuffer.wrap(value.exactArray()), Expiration.from(ttl)),
							ReactiveRedisConnection::closeLater))
			.filter(Boolean.TRUE::equals)
			.switchIfEmpty(Mono.error(() -> new IllegalStateException("The value is not kept")))
			.then();
	}

	/** Asked for twice it would be gone. */
	@Override
	public Mono<Bytes> take(String key) {
		return this.answers
			.once("a value to take", () -> Mono.usingWhen(GuardedConnections.connection(this.factory),
					(connection) -> connection.stringCommands().getDel(key(key)), ReactiveRedisConnection::closeLater))
			.map((buffer) -> {
				byte[] bytes = new byte[buffer.remaining()];
				buffer.get(bytes);
				return Bytes.of(bytes);
			});
	}

}
