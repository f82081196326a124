package io.agentsocket.session;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

import io.agentsocket.annotation.Internal;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.concurrent.Queues;

/**
 * Pods of one process, linked in memory. A server without a shared store has one pod;
 * tests have more.
 */
@Internal
public final class InMemoryPods {

	private static final Duration LOOK = Duration.ofMillis(500);

	private final Map<String, Link> links = new ConcurrentHashMap<>();

	private final Sinks.Many<Look> looks = Sinks.many().replay().latest();

	private final Duration look;

	/** Number of the latest look; guarded by this. */
	private long number;

	/**
	 * Pods that say twice a second which of them are alive.
	 */
	public InMemoryPods() {
		this(LOOK);
	}

	/**
	 * Pods that say now and then which of them are alive.
	 * @param look the time between two times; a pod is dead when it is missing twice
	 */
	public InMemoryPods(Duration look) {
		this.look = look;
	}

	/**
	 * The link of a pod.
	 * @param pod its name
	 * @return a link
	 */
	public PodLink link(String pod) {
		return new Link(pod);
	}

	private synchronized void changed() {
		this.looks.emitNext(look(), Sinks.EmitFailureHandler.FAIL_FAST);
	}

	private synchronized Look look() {
		return new Look(++this.number, Set.copyOf(this.links.keySet()));
	}

	/** The pods that are alive at some moment. */
	private record Look(long number, Set<String> alive) {

	}

	private final class Link implements PodLink {

		private final String pod;

		private volatile Sinks.Many<PodMessage> sink = created();

		Link(String pod) {
			this.pod = pod;
		}

		private static Sinks.Many<PodMessage> created() {
			// Pods send while they receive, so a lock around a delivery would be a
			// deadlock of
			// two of them: the queue takes messages of several threads by itself.
			return Sinks.unsafe()
				.many()
				.unicast()
				.onBackpressureBuffer(Queues.<PodMessage>unboundedMultiproducer().get());
		}

		@Override
		public String pod() {
			return this.pod;
		}

		@Override
		public Mono<Void> send(String to, PodMessage message) {
			return Mono.fromRunnable(() -> {
				Link link = InMemoryPods.this.links.get(to);
				if (link != null) {
					link.deliver(message);
				}
			});
		}

		private void deliver(PodMessage message) {
			this.sink.emitNext(message, (signal, result) -> false);
		}

		@Override
		public Mono<Void> broadcast(PodMessage message) {
			return Mono.fromRunnable(() -> InMemoryPods.this.links.values()
				.stream()
				.filter((link) -> link != this)
				.forEach((link) -> link.deliver(message)));
		}

		@Override
		public Flux<PodMessage> messages() {
			return Flux.defer(() -> {
				this.sink = created();
				InMemoryPods.this.links.put(this.pod, this);
				changed();
				return this.sink.asFlux().doFinally((signal) -> {
					InMemoryPods.this.links.remove(this.pod, this);
					changed();
				});
			});
		}

		@Override
		public Flux<Set<String>> pods() {
			return Flux.defer(() -> {
				AtomicLong latest = new AtomicLong();
				// A thread that has looked may be late.
				return Flux
					.merge(InMemoryPods.this.looks.asFlux(),
							Flux.interval(InMemoryPods.this.look).onBackpressureDrop().map((tick) -> look()))
					.filter((seen) -> seen.number() > latest.getAndAccumulate(seen.number(), Math::max))
					.map(Look::alive);
			});
		}

	}

}
