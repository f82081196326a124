package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;

import io.agentsocket.session.Answers;
import io.agentsocket.session.SessionGoneException;
import io.agentsocket.session.Signalled;
import io.agentsocket.session.SpringSessionAttributes;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;

/**
 * Changes an attribute in the hash that Spring Session has written, in the form that it
 * writes itself: reads it, and writes it if it is still the same. If another pod was
 * faster it begins anew.
 */
final class AttributeSwap implements SpringSessionAttributes.Swap {

	private static final int MAX_ATTEMPTS = 1_000;

	private static final int LONGEST_PAUSE = 10;

	/**
	 * KEYS: a session of Spring. ARGV: field, its expected value and its new one, each
	 * nothing when there is none, the time of the access as a value, and a name of this
	 * change, 16 characters. Reply: 1, 0 when the field has another value, or -1 when
	 * there is no session. The client repeats a change whose reply was lost: so the
	 * session keeps the names of the latest 32, as a JSON string, which is a byte and the
	 * text in quotes. An interval is one byte that says that it is an integer, then the
	 * seconds in four bytes.
	 */
	static final Script SWAP = Script
		.of("""
				local s = redis.call('HMGET', KEYS[1], ARGV[1], 'creationTime', 'lastAccessedTime', 'maxInactiveInterval', 'agentsocket:changes')
				if not (s[2] and s[3] and s[4]) then return -1 end
				local latest = string.sub(s[5] or '', 3, -2)
				if string.find(latest, ARGV[5], 1, true) then return 1 end
				if (s[1] or '') ~= ARGV[2] then return 0 end
				if ARGV[3] == '' then
					redis.call('HDEL', KEYS[1], ARGV[1])
				else
					redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
				end
				latest = string.sub(ARGV[5] .. ' ' .. latest, 1, 32 * 17)
				redis.call('HSET', KEYS[1], 'lastAccessedTime', ARGV[4], 'agentsocket:changes', '\\3"' .. latest .. '"')
				local kind, a, b, c, d = string.byte(s[4], 1, 5)
				if kind == 2 and d and a < 128 then
					redis.call('EXPIRE', KEYS[1], ((a * 256 + b) * 256 + c) * 256 + d)
				end
				return 1
				""");

	private static final ByteBuffer NOTHING = Values.of("");

	private final ReactiveRedisConnectionFactory factory;

	private final Scripts scripts;

	private final String prefix;

	private final AttributeSerializer values;

	private final Answers answers;

	AttributeSwap(ReactiveRedisConnectionFactory factory, String namespace, AttributeSerializer values,
			Answers answers) {
		this.factory = factory;
		this.scripts = new Scripts(factory);
		this.prefix = namespace + ":sessions:";
		this.values = values;
		this.answers = answers;
	}

	@Override
	public Mono<Object> update(String id, String name, UnaryOperator<@Nullable Object> change) {
		ByteBuffer key = Values.of(this.prefix + id);
		ByteBuffer field = Values.of("sessionAttr:" + name);
		return read(key, field).flatMap((before) -> Signalled.defer(() -> swap(id, key, field, before, change)))
			.repeatWhenEmpty(MAX_ATTEMPTS, (rounds) -> rounds.concatMap((round) -> pause()))
			.flatMap(Mono::justOrEmpty);
	}

	private static Mono<Long> pause() {
		return Mono.delay(Duration.ofMillis(ThreadLocalRandom.current().nextInt(LONGEST_PAUSE)));
	}

	private Mono<ByteBuffer> read(ByteBuffer key, ByteBuffer field) {
		return this.answers
			.again("an attribute",
					() -> Flux
						.usingWhen(GuardedConnections.connection(this.factory),
								(connection) -> connection.hashCommands().hGet(key.duplicate(), field.duplicate()),
								ReactiveRedisConnection::closeLater)
						.next())
			.defaultIfEmpty(NOTHING);
	}

	/** The new value; empty when it was too late. */
	private Mono<Optional<Object>> swap(String id, ByteBuffer key, ByteBuffer field, ByteBuffer before,
			UnaryOperator<@Nullable Object> change) {
		byte[] present = new byte[before.remaining()];
		before.duplicate().get(present);
		Optional<Object> changed = Optional.ofNullable(change.apply(this.values.deserialize(present)));
		List<ByteBuffer> arguments = List.of(field.duplicate(), ByteBuffer.wrap(present),
				ByteBuffer.wrap(this.values.serialize(changed.orElse(null))),
				ByteBuffer.wrap(this.values.serialize(System.currentTimeMillis())),
				Values.of(String.format("%016x", ThreadLocalRandom.current().nextLong())));
		// Its name lets it be made once, however often it is asked for.
		Mono<Long> swapped = this.answers.again("the change of an attribute",
				() -> this.scripts.number(SWAP, List.of(key.duplicate()), arguments));
		return swapped.flatMap((reply) -> {
			if (reply < 0) {
				return Mono.error(new SessionGoneException(id));
			}
			return (reply == 1) ? Mono.just(changed) : Mono.empty();
		});
	}

}
