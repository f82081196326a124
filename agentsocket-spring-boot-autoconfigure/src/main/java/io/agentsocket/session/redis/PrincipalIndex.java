package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The sessions of each principal: a sorted set {@code <namespace>:principal:<name>} of
 * ids, scored by the time at which they are forgotten unless they are renewed, by the
 * clock of Redis. It is in another slot than the sessions and not written in one step
 * with them, so it is a hint where to look: it may name sessions that are gone.
 */
final class PrincipalIndex {

	/**
	 * Entries outlive the renewals of their sessions, so that one that is late loses
	 * nothing.
	 */
	private static final int SLACK = 2;

	private static final String NOW = """
			local t = redis.call('TIME')
			local now = t[1] * 1000 + math.floor(t[2] / 1000)
			""";

	/**
	 * KEYS: the set. ARGV: id, time to live in milliseconds. Forgets a few of those whose
	 * time has passed.
	 */
	private static final Script ADD = Script.of(NOW + """
			redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
			local past = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, 16)
			if #past > 0 then redis.call('ZREM', KEYS[1], unpack(past)) end
			if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
			return 1
			""");

	/** KEYS: the set. ARGV: id. */
	private static final Script REMOVE = Script.of("""
			return redis.call('ZREM', KEYS[1], ARGV[1])
			""");

	/** KEYS: the set. Reply: the ids whose time has not passed. */
	static final Script LIST = Script.of(NOW + """
			return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now), '+inf')
			""");

	private final Scripts scripts;

	private final String prefix;

	PrincipalIndex(Scripts scripts, String namespace) {
		this.scripts = scripts;
		this.prefix = namespace + ":principal:";
	}

	Mono<Void> add(String principal, String id, Duration ttl) {
		long millis = Math.max(1, ttl.toMillis()) * SLACK;
		return this.scripts.number(ADD, key(principal), List.of(Values.of(id), Values.of(millis))).then();
	}

	Mono<Void> remove(String principal, String id) {
		return this.scripts.number(REMOVE, key(principal), List.of(Values.of(id))).then();
	}

	Flux<String> list(String principal) {
		return this.scripts.list(LIST, key(principal), List.of()).flatMapIterable((reply) -> reply).map(Values::text);
	}

	private List<ByteBuffer> key(String principal) {
		return List.of(Values.of(this.prefix + principal));
	}

}
