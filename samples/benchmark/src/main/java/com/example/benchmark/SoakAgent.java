package com.example.benchmark;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLongArray;

import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.codec.Codec;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An agent of a soak run: does one thing after the other, chosen at random, and breaks
 * its connection now and then.
 */
final class SoakAgent {

	/**
	 * The things that agents do, each with its share of a hundred.
	 */
	enum Deed {

		CALL(40), SLEEP_AND_CANCEL(8), STREAM_AND_CANCEL(10), READ_SLOWLY(8), SEND_ITEMS(8), NESTED_CALL(8),
		DEADLINE(4), CUT(8), BREAK_RULE(1), LEAVE(3), VANISH(2), FAILED(0);

		private final int share;

		Deed(int share) {
			this.share = share;
		}

		/** All of them by their shares. */
		static List<Deed> mixed() {
			return Arrays.stream(values()).flatMap((deed) -> Collections.nCopies(deed.share, deed).stream()).toList();
		}

		String title() {
			return name().toLowerCase(Locale.ROOT).replace('_', '-');
		}

	}

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final String uri;

	private final Codec codec;

	private final Duration pause;

	private final List<Deed> deeds;

	private final AtomicLongArray counts;

	private volatile Channel channel;

	private volatile AgentSocketClient client;

	SoakAgent(String uri, Codec codec, Duration pause, List<Deed> deeds, AtomicLongArray counts) {
		this.deeds = deeds;
		this.uri = uri;
		this.codec = codec;
		this.pause = pause;
		this.counts = counts;
		this.client = create();
	}

	private AgentSocketClient create() {
		return AgentSocketClient.builder(this.uri)
			.codec(this.codec)
			.backoff(new Backoff(Duration.ofMillis(200), Duration.ofSeconds(2)))
			.maxWait(PATIENCE)
			.offer(List.of(Action.named("agent.double")
				.handler((exchange) -> Mono.just(2 * exchange.<Doubled>arguments(Doubled.class).n()))))
			.httpClient((http) -> http.doOnConnected((connection) -> this.channel = connection.channel()))
			.build();
	}

	/** Connect, and nothing else. */
	Mono<Void> connect() {
		return this.client.connect().timeout(PATIENCE);
	}

	/** Do things until the time is over, then leave. */
	Mono<Void> live(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		return Mono
			.defer(() -> Mono
				.delay(this.pause.multipliedBy(ThreadLocalRandom.current().nextInt(50, 150)).dividedBy(100))
				.then(deed()))
			.repeat(() -> System.nanoTime() < end)
			.then(Mono.defer(() -> this.client.close()));
	}

	private Mono<Void> deed() {
		ThreadLocalRandom random = ThreadLocalRandom.current();
		Deed deed = this.deeds.get(random.nextInt(this.deeds.size()));
		return doing(deed, random).timeout(PATIENCE).doOnSuccess((done) -> count(deed)).onErrorResume((error) -> {
			count(Deed.FAILED);
			return Mono.empty();
		});
	}

	private void count(Deed deed) {
		this.counts.incrementAndGet(deed.ordinal());
	}

	private Mono<Void> doing(Deed deed, ThreadLocalRandom random) {
		return switch (deed) {
			case CALL -> this.client.invoke("soak.echo").arguments(Map.of("n", 1)).toMono(Integer.class).then();
			case SLEEP_AND_CANCEL -> this.client.invoke("soak.sleep")
				.arguments(Map.of("millis", 2000))
				.toMono(Integer.class)
				.take(Duration.ofMillis(random.nextInt(1, 100)))
				.then();
			case STREAM_AND_CANCEL ->
				this.client.invoke("soak.tokens").toFlux(String.class).take(random.nextInt(1, 500)).then();
			case READ_SLOWLY -> this.client.invoke("soak.tokens")
				.toFlux(String.class)
				.limitRate(1)
				.concatMap((token) -> Mono.delay(Duration.ofMillis(100)).thenReturn(token), 1)
				.take(random.nextInt(1, 30))
				.then();
			case SEND_ITEMS ->
				this.client.invoke("soak.sum").items(Flux.range(0, random.nextInt(100))).toMono(Integer.class).then();
			case NESTED_CALL ->
				this.client.invoke("soak.nested").arguments(Map.of("n", 21)).toMono(Integer.class).then();
			case DEADLINE -> this.client.invoke("soak.never")
				.timeout(Duration.ofMillis(random.nextInt(1, 300)))
				.toMono(Integer.class)
				.onErrorComplete()
				.then();
			case CUT -> cut(random);
			case BREAK_RULE -> garbage();
			case LEAVE -> this.client.close().then(Mono.defer(() -> {
				this.client = create();
				return connect();
			}));
			case VANISH -> vanish();
			case FAILED -> Mono.empty();
		};
	}

	/** The socket breaks while a stream and a call are open, and both go on. */
	private Mono<Void> cut(ThreadLocalRandom random) {
		Mono<Void> stream = this.client.invoke("soak.tokens").toFlux(String.class).take(2000).limitRate(16).then();
		Mono<Void> call = this.client.invoke("soak.sleep")
			.arguments(Map.of("millis", random.nextInt(300)))
			.toMono(Integer.class)
			.then();
		Mono<Void> breaking = Mono.delay(Duration.ofMillis(random.nextInt(1, 50))).doOnNext((tick) -> reset()).then();
		return Mono.whenDelayError(stream, call, breaking);
	}

	private void reset() {
		Channel open = this.channel;
		if (open != null) {
			open.config().setOption(ChannelOption.SO_LINGER, 0);
			open.close();
		}
	}

	/** The server closes with 4500, and the agent begins anew. */
	private Mono<Void> garbage() {
		Channel open = this.channel;
		if (open != null && open.isActive()) {
			open.writeAndFlush(new BinaryWebSocketFrame(Unpooled.wrappedBuffer(new byte[] { -1, -1, -1 })));
		}
		return Mono.delay(Duration.ofMillis(200))
			.then(Mono.defer(() -> this.client.close()))
			.doOnSuccess((closed) -> this.client = create());
	}

	/**
	 * The agent dies with open calls and never comes back; another one takes its place.
	 */
	private Mono<Void> vanish() {
		AgentSocketClient gone = this.client;
		gone.invoke("soak.never").toMono(Integer.class).subscribe((value) -> {
		}, (error) -> {
		});
		return Mono.delay(Duration.ofMillis(50)).doOnNext((tick) -> {
			reset();
			this.client = create();
			// This process forgets the agent; what it says does not reach the server.
			gone.close().subscribe();
		}).then();
	}

	/** Arguments of the action of agents. */
	record Doubled(int n) {

	}

}
