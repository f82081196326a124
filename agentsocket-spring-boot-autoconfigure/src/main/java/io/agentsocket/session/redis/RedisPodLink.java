package io.agentsocket.session.redis;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.PodMessage;
import io.agentsocket.session.Signalled;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;

/**
 * Pods that reach each other through Redis. Each one reads one stream of its own,
 * {@code <namespace>:pod:{<pod>}}, with one blocking command on a connection of its own,
 * and gives a sign of life in {@code <namespace>:pods} each second. The stream lives for
 * three pod timeouts after the latest of these signs, so that a late one loses nothing,
 * and only its own pod creates it: a message to a dead pod leaves nothing behind.
 *
 * <p>
 * A pod that is {@link #suspect(String) suspected} is dead as soon as its {@link PodSign
 * sign} is gone in two looks, {@value #CLOSE_LOOK} milliseconds apart: the system has
 * closed the connection of its process. A pod that is only stopped keeps it. This needs
 * the right to {@code SUBSCRIBE} and {@code PUBSUB}, and in a cluster that the
 * subscription is at the node which has the key of the pods; else the pod timeout counts.
 *
 * <p>
 * While Redis is out of reach nothing arrives and nobody is declared dead; both go on by
 * themselves. A pod that the others have declared dead, because it was stopped or cut off
 * for longer than the pod timeout, stays dead: {@link #pods()} tells it so by sets
 * without itself. The same holds after the subscription to {@link #messages()} has ended.
 */
public final class RedisPodLink implements PodLink {

	private static final Log logger = PrintableLog.of(RedisPodLink.class);

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

	/** Messages in the stream of a pod that lives but does not read, about. */
	private static final int MAX_MESSAGES = 10_000;

	/** Milliseconds between looks at a pod that is suspected. */
	private static final int CLOSE_LOOK = 100;

	/**
	 * Milliseconds before the first look at a suspect, in which a living pod answers, and
	 * before the last one at a pod that has turned out to be dead.
	 */
	private static final int QUICK_LOOK = 20;

	/** Looks at a pod that is suspected: it has answered or its sign is gone by then. */
	private static final int CLOSE_LOOKS = 20;

	/** Looks that tell of a dead pod at short intervals, too. */
	private static final int LAST_LOOKS = 2;

	/** Looks at the start in quick succession, until Redis has seen the own sign. */
	private static final int FIRST_LOOKS = 20;

	/** For how long names of dead pods are kept. */
	private static final Duration MEMORY = Duration.ofHours(1);

	private final ReactiveRedisConnectionFactory factory;

	private final Scripts scripts;

	private final String namespace;

	/** The name of the first life. */
	private final String name;

	private final Duration timeout;

	private final Duration interval;

	private volatile Life life;

	private final Sinks.Many<Life> lives = Sinks.many().replay().latest();

	private volatile boolean left;

	private final Sinks.Empty<Void> gone = Sinks.empty();

	private final Sinks.Many<Set<String>> living = Sinks.many().replay().latest();

	private final AtomicBoolean outage = new AtomicBoolean();

	/** Pods that may have died, and how often they are still looked at closely. */
	private final Map<String, Integer> suspects = new ConcurrentHashMap<>();

	/** Ends the present pause between two heartbeats. */
	private volatile Sinks.Empty<Void> pause = Sinks.empty();

	/** Messages that were sent, for whichever pods. */
	private final AtomicLong sent = new AtomicLong();

	private volatile long lastSign;

	/** Confined to the heartbeats, which come one after the other. */
	private volatile int firstLooks = FIRST_LOOKS;

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
		this.name = pod;
		this.timeout = timeout;
		Duration fifth = timeout.dividedBy(5);
		this.interval = (fifth.compareTo(Duration.ofSeconds(1)) < 0) ? fifth : Duration.ofSeconds(1);
		this.life = newLife(1);
	}

	/** State of a pod until the others declare it dead. */
	private record Life(int number, String pod, PodStream stream, PodSign sign, PodRoster roster) {

	}

	private Life newLife(int number) {
		String pod = (number > 1) ? this.name + "." + number : this.name;
		Life created = new Life(number, pod, new PodStream(this.factory, key(pod), this::lost),
				new PodSign(this.factory, Values.of(channels() + pod), number > 1), new PodRoster(pod, this.timeout));
		this.lives.emitNext(created, Sinks.EmitFailureHandler.FAIL_FAST);
		return created;
	}

	@Override
	public String pod() {
		return this.life.pod();
	}

	@Override
	public Mono<Void> send(String to, PodMessage message) {
		return Mono.defer(() -> NAME.matcher(to).matches() ? add(to, arguments(message)) : Mono.empty());
	}

	/**
	 * Arguments of the script: the bound, and a message in the form in which streams hold
	 * it. Its number shows the reader when the driver has added it twice.
	 */
	private List<ByteBuffer> arguments(PodMessage message) {
		return List.of(Values.of(MAX_MESSAGES), Values.of(PodStream.MESSAGE), PodMessages.encode(message),
				Values.of(PodStream.SENDER), Values.of(this.name), Values.of(PodStream.NUMBER),
				Values.of(this.sent.incrementAndGet()));
	}

	private Mono<Void> add(String to, List<ByteBuffer> arguments) {
		return this.scripts.numberInOrder(PodScripts.ADD, List.of(key(to)), arguments).then();
	}

	@Override
	public Mono<Void> broadcast(PodMessage message) {
		return Mono.defer(() -> {
			return names(PodScripts.LOOK, List.of()).flatMapMany(Flux::fromIterable)
				.filter((other) -> !other.startsWith("-") && !other.startsWith("?") && !other.startsWith("@")
						&& !other.equals(this.life.pod()))
				.flatMap((other) -> add(other, arguments(message)))
				.then();
		});
	}

	/** Prefix of the channels on which pods show their signs. */
	private String channels() {
		return this.namespace + ":pod:";
	}

	private Mono<List<String>> names(int mode, List<String> asked) {
		List<ByteBuffer> arguments = new ArrayList<>();
		arguments.add(Values.of(mode));
		arguments.add(Values.of(this.life.pod()));
		arguments.add(Values.of(this.timeout.toMillis()));
		arguments.add(Values.of(MEMORY.toMillis()));
		arguments.add(Values.of(channels()));
		asked.forEach((other) -> arguments.add(Values.of(other)));
		return this.scripts.list(PodScripts.PODS, List.of(Values.of(this.namespace + ":pods")), arguments)
			.defaultIfEmpty(List.of())
			.map((reply) -> reply.stream().map(Values::text).toList());
	}

	@Override
	public Flux<PodMessage> messages() {
		return Flux.usingWhen(Mono.fromSupplier(() -> this.life), (first) -> this.lives.asFlux()
			.switchMap((present) -> present.stream().messages().mergeWith(present.sign().show().thenMany(Flux.never())))
			.doOnNext((message) -> heard(message.from()))
			.mergeWith(heartbeats().thenMany(Flux.never())), (first) -> leave());
	}

	private Mono<Void> heartbeats() {
		return Signalled.defer(this::heartbeat)
			.timeout(this.timeout.dividedBy(2))
			.doOnSuccess((nothing) -> found())
			.onErrorResume((error) -> {
				lost(error);
				return Mono.empty();
			})
			.then(Signalled.defer(this::pause).onErrorResume(this::pauseAfter))
			.repeat()
			.then();
	}

	/** A pod without its signs is dead for the others: they go on after any failure. */
	private Mono<Void> pauseAfter(Throwable error) {
		logger.error("The time of the next sign of life could not be told", error);
		return Mono.delay(this.interval).then();
	}

	private Mono<Void> pause() {
		Sinks.Empty<Void> shortened = Sinks.empty();
		this.pause = shortened;
		if (!this.life.sign().isConfirmed() && this.firstLooks > 0) {
			this.firstLooks--;
			return Mono.delay(Duration.ofMillis(CLOSE_LOOK)).then();
		}
		if (this.suspects.isEmpty()) {
			Mono<Void> moment = Mono.delay(Duration.ofMillis(QUICK_LOOK)).then();
			return Mono.firstWithSignal(Mono.delay(this.interval).then(), shortened.asMono().then(moment));
		}
		return Mono.delay(Duration.ofMillis(isQuick(this.life.roster()) ? QUICK_LOOK : CLOSE_LOOK)).then();
	}

	/** Whether nothing is decided by the next look that a moment more could change. */
	private boolean isQuick(PodRoster roster) {
		return this.suspects.keySet().stream().noneMatch(roster::isUnsigned) && this.suspects.entrySet()
			.stream()
			.anyMatch((suspect) -> suspect.getValue() == CLOSE_LOOKS || roster.isGone(suspect.getKey()));
	}

	@Override
	public void suspect(String pod) {
		// For another suspicion there are as many looks again, without a quick one.
		if (!pod.equals(this.life.pod())
				&& this.suspects.merge(pod, CLOSE_LOOKS, (left, all) -> Math.max(left, all - 1)) == CLOSE_LOOKS) {
			this.pause.tryEmitEmpty();
		}
	}

	/** A pod has sent something. */
	private void heard(String from) {
		int slash = from.indexOf('/');
		this.suspects.remove((slash >= 0) ? from.substring(0, slash) : from);
	}

	/** Questions about other pods, as the script expects them. */
	private List<String> questions(Life present, long now) {
		List<String> asked = new ArrayList<>();
		present.roster().overdue(now).forEach((name) -> asked.add("!" + name));
		boolean certain = present.sign().isCertain(this.timeout, present.roster().isServerKnown(), now);
		this.suspects.keySet()
			.forEach((name) -> asked.add((certain && present.roster().isUnsigned(name) ? "#" : "?") + name));
		return asked;
	}

	private void looked(Life present, long now) {
		if (present.roster().isUnsigned(present.pod())) {
			present.sign().unseen();
		}
		else {
			present.sign().seen(now);
		}
		this.suspects
			.replaceAll((name, looks) -> present.roster().isGone(name) ? Math.min(looks, LAST_LOOKS) - 1 : looks - 1);
		this.suspects.values().removeIf((looks) -> looks <= 0);
	}

	private Mono<Void> heartbeat() {
		Life present = this.life;
		PodRoster roster = present.roster();
		long now = System.nanoTime();
		if (this.lastSign != 0 && now - this.lastSign > MEMORY.toNanos()) {
			roster.die();
		}
		List<String> asked = questions(present, now);
		Mono<List<String>> names = roster.isDead() ? names(PodScripts.LOOK, asked)
				: present.stream().keep(this.timeout.multipliedBy(3)).then(names(PodScripts.BEAT, asked));
		return names.doOnNext((reply) -> {
			this.lastSign = now;
			Set<String> living = roster.update(reply, System.nanoTime());
			looked(present, System.nanoTime());
			if (roster.isDead() && !this.left) {
				logger.warn("This pod, " + present.pod() + ", was silent for longer than " + this.timeout
						+ ", and the others have declared it dead: it begins anew under another name");
				this.life = newLife(present.number() + 1);
			}
			this.living.emitNext(living, Sinks.EmitFailureHandler.FAIL_FAST);
		}).then();
	}

	private Mono<Void> leave() {
		this.left = true;
		Life last = this.life;
		last.roster().die();
		return names(PodScripts.LEAVE, List.of()).then(last.stream().delete())
			.timeout(this.timeout)
			.onErrorComplete()
			.doFinally((signal) -> {
				logger.debug("Pod " + last.pod() + " has left");
				this.gone.tryEmitEmpty();
			});
	}

	@Override
	public Mono<Void> left() {
		return this.gone.asMono();
	}

	private void lost(Throwable error) {
		if (this.outage.compareAndSet(false, true)) {
			logger.warn("Redis is out of reach for pod " + pod() + ", trying on: " + error);
		}
	}

	private void found() {
		if (this.outage.compareAndSet(true, false)) {
			logger.info("Redis is within reach again for pod " + pod());
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
