package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;

import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.data.redis.connection.ReactiveRedisConnection;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.RedisStreamCommands.TrimOptions;
import org.springframework.data.redis.connection.RedisStreamCommands.XAddOptions;
import org.springframework.data.redis.connection.stream.ByteBufferRecord;
import org.springframework.data.redis.connection.stream.StreamRecords;

/**
 * Pods that reach each other through Redis. Each one reads one stream of its own,
 * {@code <namespace>:pod:{<pod>}}, with one blocking command on a connection of its own,
 * and gives a sign of life in {@code <namespace>:pods} each second. The stream lives for
 * three pod timeouts after the latest of these signs, so that a late one loses nothing,
 * and only its own pod creates it: what is sent to a dead pod leaves nothing behind.
 *
 * <p>
 * While Redis is out of reach nothing arrives and nobody is declared dead; both go on by
 * themselves. A pod that the others have declared dead, because it was stopped or cut off
 * for longer than the pod timeout, stays dead: {@link #pods()} tells it so by sets
 * without itself. The same holds after the subscription to {@link #messages()} has ended.
 */
public final class RedisPodLink implements PodLink {

	private static final Log logger = LogFactory.getLog(RedisPodLink.class);

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

	private static final ByteBuffer FIELD = Values.of("m");

	/**
	 * Only to streams that are there; the bound is for a pod that lives but does not
	 * read.
	 */
	private static final XAddOptions ADD = XAddOptions.trim(TrimOptions.maxLen(10_000).approximate()).nomkstream(true);

	/** For how long names of dead pods are kept. */
	private static final Duration MEMORY = Duration.ofHours(1);

	private final ReactiveRedisConnectionFactory factory;

	private final Scripts scripts;

	private final String namespace;

	private final String pod;

	private final Duration timeout;

	private final Duration interval;

	private final PodStream stream;

	private final PodRoster roster;

	private final Sinks.Many<Set<String>> living = Sinks.many().replay().latest();

	private final AtomicBoolean outage = new AtomicBoolean();

	private volatile long lastSign;

	/**
	 * Create a link.
	 * @param factory how to reach Redis
	 * @param namespace prefix of all keys, without braces
	 * @param pod name of this pod, not used before: letters, digits, {@code . _ -}
	 * @param timeout after this time without a sign of life a pod counts as dead
	 */
	public RedisPodLink(ReactiveRedisConnectionFactory factory, String namespace, String pod, Duration timeout) {
		if (!NAME.matcher(pod).matches()) {
			throw new IllegalArgumentException("Not a name of a pod: " + pod);
		}
		this.factory = factory;
		this.scripts = new Scripts(factory);
		this.namespace = Namespaces.checked(namespace);
		this.pod = pod;
		this.timeout = timeout;
		Duration fifth = timeout.dividedBy(5);
		this.interval = (fifth.compareTo(Duration.ofSeconds(1)) < 0) ? fifth : Duration.ofSeconds(1);
		this.roster = new PodRoster(pod, timeout);
		this.stream = new PodStream(factory, key(pod), this::lost);
	}

	@Override
	public String pod() {
		return this.pod;
	}

	@Override
	public Mono<Void> send(String to, PodMessage message) {
		return Mono.defer(() -> NAME.matcher(to).matches() ? add(to, PodMessages.encode(message)) : Mono.empty());
	}

	private Mono<Void> add(String to, ByteBuffer message) {
		ByteBufferRecord record = StreamRecords.newRecord().in(key(to)).ofBuffer(Map.of(FIELD, message));
		return Flux
			.usingWhen(Mono.fromSupplier(this.factory::getReactiveConnection),
					(connection) -> connection.streamCommands().xAdd(record, ADD), ReactiveRedisConnection::closeLater)
			.then();
	}

	@Override
	public Mono<Void> broadcast(PodMessage message) {
		return Mono.defer(() -> {
			ByteBuffer encoded = PodMessages.encode(message);
			return names(PodScripts.LOOK, List.of()).flatMapMany(Flux::fromIterable)
				.filter((name) -> !name.startsWith("-") && !name.equals(this.pod))
				.flatMap((name) -> add(name, encoded.duplicate()))
				.then();
		});
	}

	private Mono<List<String>> names(int mode, List<String> overdue) {
		List<ByteBuffer> arguments = new ArrayList<>();
		arguments.add(Values.of(mode));
		arguments.add(Values.of(this.pod));
		arguments.add(Values.of(this.timeout.toMillis()));
		arguments.add(Values.of(MEMORY.toMillis()));
		overdue.forEach((name) -> arguments.add(Values.of(name)));
		return this.scripts.list(PodScripts.PODS, List.of(Values.of(this.namespace + ":pods")), arguments)
			.defaultIfEmpty(List.of())
			.map((reply) -> reply.stream().map(Values::text).toList());
	}

	@Override
	public Flux<PodMessage> messages() {
		return Flux.usingWhen(Mono.fromSupplier(() -> this.pod),
				(name) -> this.stream.messages().mergeWith(heartbeats().thenMany(Flux.never())), (name) -> leave());
	}

	private Mono<Void> heartbeats() {
		return Mono.defer(this::heartbeat)
			.timeout(this.timeout.dividedBy(2))
			.doOnSuccess((nothing) -> found())
			.onErrorResume((error) -> {
				lost(error);
				return Mono.empty();
			})
			.then(Mono.delay(this.interval))
			.repeat()
			.then();
	}

	private Mono<Void> heartbeat() {
		long now = System.nanoTime();
		if (this.lastSign != 0 && now - this.lastSign > MEMORY.toNanos()) {
			this.roster.die();
		}
		List<String> overdue = this.roster.overdue(now);
		Mono<List<String>> names = this.roster.isDead() ? names(PodScripts.LOOK, overdue)
				: this.stream.keep(this.timeout.multipliedBy(3)).then(names(PodScripts.BEAT, overdue));
		return names.doOnNext((reply) -> {
			this.lastSign = now;
			boolean before = this.roster.isDead();
			this.living.emitNext(this.roster.update(reply, System.nanoTime()), Sinks.EmitFailureHandler.FAIL_FAST);
			if (!before && this.roster.isDead()) {
				logger.warn("This pod, " + this.pod + ", was silent for longer than " + this.timeout
						+ ", and the others have declared it dead");
			}
		}).then();
	}

	private Mono<Void> leave() {
		this.roster.die();
		return names(PodScripts.LEAVE, List.of()).then(this.stream.delete())
			.timeout(this.timeout)
			.onErrorComplete()
			.doFinally((signal) -> logger.debug("Pod " + this.pod + " has left"));
	}

	private void lost(Throwable error) {
		if (this.outage.compareAndSet(false, true)) {
			logger.warn("Redis is out of reach for pod " + this.pod + ", trying on: " + error);
		}
	}

	private void found() {
		if (this.outage.compareAndSet(true, false)) {
			logger.info("Redis is within reach again for pod " + this.pod);
		}
	}

	@Override
	public Flux<Set<String>> pods() {
		return this.living.asFlux();
	}

	private ByteBuffer key(String name) {
		return Values.of(this.namespace + ":pod:{" + name + "}");
	}

}
