package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.codec.Progress;
import io.agentsocket.connection.PeerSettings.Role;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.protocol.FrameWriter;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Frames that nobody meant: whatever comes, the outcome is one of those that the protocol
 * knows, and memory stays bounded.
 */
class PeerFuzzTests {

	private static final int ROUNDS = 400;

	private static final Limits LIMITS = new Limits(32 << 10, 4 << 10, 16 << 10, 32 << 10, 8, 4, 32 << 10, 8, 128, 1024,
			32);

	private static final Set<Integer> OUTCOMES = Set.of(0, 4002, 4003, 4500, 4505, 4507);

	private final java.util.Map<String, Integer> closed = new java.util.TreeMap<>();

	private final AtomicInteger subscriptions = new AtomicInteger();

	static List<Long> seeds() {
		long random = System.nanoTime();
		return List.of(1L, 2L, 3L, random);
	}

	@ParameterizedTest(name = "seed {0}")
	@MethodSource("seeds")
	void framesInAnyOrderHaveASpecifiedOutcome(long seed) {
		fuzz(seed, false);
	}

	@ParameterizedTest(name = "seed {0}")
	@MethodSource("seeds")
	void mutatedFramesHaveASpecifiedOutcome(long seed) {
		fuzz(seed, true);
	}

	private void fuzz(long seed, boolean mutate) {
		Random random = new Random(seed);
		int survived = 0;
		long exchanged = 0;
		for (int round = 0; round < ROUNDS; round++) {
			Role role = random.nextBoolean() ? Role.SERVER : Role.CLIENT;
			RawPeer raw = peer(role);
			Generator generator = new Generator(raw, role, random);
			int messages = 1 + random.nextInt(60);
			for (int i = 0; i < messages && raw.transport.closeCode == 0; i++) {
				Bytes message = generator.message();
				raw.send(mutate && random.nextInt(20) == 0 ? mutated(message, random) : message);
				act(raw, random);
				assertBounded(raw.peer, "seed " + seed + " round " + round);
			}
			assertThat(OUTCOMES).as("seed %d round %d: %s", seed, round, raw.transport.closeReason)
				.contains(raw.transport.closeCode);
			this.closed.merge(raw.transport.closeCode + " " + raw.transport.closeReason, 1, Integer::sum);
			survived += (raw.transport.closeCode == 0) ? 1 : 0;
			exchanged += raw.peer.position().received();
			raw.peer.end(1000, new ActionException(1, "over"));
			raw.settle();
			TestPeers.assertClean(raw.peer);
			assertThat(raw.timer.pending()).as("timers, seed %d round %d", seed, round).isZero();
			assertThat(this.subscriptions).as("subscriptions, seed %d round %d", seed, round).hasValue(0);
		}
		assertThat(survived).as("rounds without a close " + this.closed).isGreaterThan(mutate ? 5 : 20);
		assertThat(exchanged).as("frames that were accepted").isGreaterThan(20 * ROUNDS);
	}

	private RawPeer peer(Role role) {
		RawPeer raw = new RawPeer(role, LIMITS, Pair.CBOR);
		raw.actions.value("v", (exchange) -> counted(Mono.just("value")));
		raw.actions.value("never", (exchange) -> counted(Mono.never()));
		raw.actions.value("fail", (exchange) -> counted(Mono.error(new ActionException(300, "no"))));
		raw.actions.text("t", (exchange) -> counted(Flux.range(0, 50).map((n) -> "token")));
		raw.actions.bytes("b", (exchange) -> counted(Flux.range(0, 50).map((n) -> new byte[6000])));
		raw.actions.taking("echo", ResultShape.ITEMS, (exchange) -> counted(exchange.inbound(Object.class)));
		raw.actions.taking("deaf", ResultShape.VALUE, (exchange) -> counted(Mono.never()));
		raw.actions.value("nest", (exchange) -> {
			exchange.progress(1, null, "working");
			return counted(exchange.invoke("back").toMono(Object.class));
		});
		return raw.attach(LIMITS, 0);
	}

	private <T> Flux<T> counted(org.reactivestreams.Publisher<T> work) {
		return Flux.from(work)
			.doOnSubscribe((subscription) -> this.subscriptions.incrementAndGet())
			.doFinally((signal) -> this.subscriptions.decrementAndGet());
	}

	private static void act(RawPeer raw, Random random) {
		switch (random.nextInt(12)) {
			case 0 -> raw.peer.invoke("x")
				.items(Flux.range(0, 10))
				.toFlux(Object.class)
				.onErrorComplete()
				.subscribe(new reactor.core.publisher.BaseSubscriber<>() {
					@Override
					protected void hookOnSubscribe(org.reactivestreams.Subscription subscription) {
						subscription.request(2);
					}
				});
			case 1 -> raw.peer.invoke("y").toMono(Object.class).onErrorComplete().subscribe();
			case 2 -> raw.peer.invoke("z")
				.timeout(Duration.ofMillis(200))
				.arguments("z".repeat(9000))
				.toMono(Object.class)
				.onErrorComplete()
				.subscribe();
			case 3 -> raw.advance(Duration.ofMillis(300));
			case 4 -> raw.transport.writable = random.nextBoolean();
			case 5 -> {
				raw.transport.writable = true;
				raw.peer.writable();
			}
			default -> {
			}
		}
		raw.settle();
	}

	private static void assertBounded(Peer peer, String when) {
		assertThat(TestPeers.openStreams(peer)).as(when).isLessThanOrEqualTo(2 * LIMITS.streams());
		assertThat(TestPeers.halfOpened(peer)).as(when).isLessThanOrEqualTo(2 * LIMITS.streams());
		assertThat(TestPeers.assembled(peer)).as(when).isLessThanOrEqualTo(LIMITS.assembly());
		assertThat(TestPeers.backlog(peer)).as(when).isLessThanOrEqualTo(LIMITS.assembly());
		assertThat(TestPeers.unacknowledged(peer)).as(when)
			.isLessThanOrEqualTo(LIMITS.window() + Limits.CONTROL_RESERVE);
		assertThat(TestPeers.queued(peer)).as(when).isLessThanOrEqualTo(1 << 20);
	}

	/** Makes frames that mostly fit the state of a peer, and sometimes do not. */
	private static final class Generator {

		private static final String[] NAMES = { "v", "never", "fail", "t", "b", "echo", "deaf", "nest", "unknown",
				"no name" };

		private static final List<FrameType> ITEMS = List.of(FrameType.DATA, FrameType.TEXT, FrameType.BYTES);

		private final RawPeer raw;

		private final Random random;

		/** Opened by PART, so that INVOKE is next. */
		private final List<Integer> pending = new ArrayList<>();

		private int last;

		Generator(RawPeer raw, Role role, Random random) {
			this.raw = raw;
			this.random = random;
			this.last = (role == Role.SERVER) ? -1 : 0;
		}

		Bytes message() {
			FrameWriter writer = new FrameWriter(256);
			int count = 1 + this.random.nextInt(4);
			for (int i = 0; i < count; i++) {
				writer.write(frame(), i == count - 1);
			}
			return writer.take();
		}

		private boolean rarely() {
			return this.random.nextInt(300) == 0;
		}

		private Frame frame() {
			boolean end = this.random.nextInt(4) == 0;
			int choice = this.random.nextInt(40);
			if (choice < 12 || this.last <= 0) {
				return invoke();
			}
			if (choice < 22) {
				Bytes body = body();
				return new Frame.Item(ITEMS.get(this.random.nextInt(3)), known(), end || (body.isEmpty() && !rarely()),
						Bytes.EMPTY, body);
			}
			Position position = this.raw.peer.position();
			return switch (choice) {
				case 22 -> new Frame.Ack(position.firstHeld() - 1, -1, this.random.nextInt(8) == 0);
				case 23 -> new Frame.Ack(rarely() ? this.random.nextInt(500) : position.sent(), -1, false);
				case 24 -> new Frame.Ack((position.firstHeld() + position.sent()) / 2, -1, false);
				case 25 -> new Frame.Error(known(), 1 + this.random.nextInt(300), end, end, Bytes.EMPTY, "text");
				case 26, 27 -> new Frame.Interrupt(remote(), this.random.nextInt(2), Bytes.EMPTY, "");
				case 28, 29 -> new Frame.Credit(known(), 1 + this.random.nextInt(20));
				case 30, 31, 32 -> part();
				case 33 -> define();
				case 34 -> new Frame.Event(Frame.Ref.name("e"), metadata(), body());
				case 35 -> new Frame.Extension(24 + this.random.nextInt(8), known(), false, body());
				case 36 -> new Frame.GoAway(rarely() ? 1 : 0, 0, 0, "bye");
				default -> RawPeer.text(known(), "text", end);
			};
		}

		private Frame invoke() {
			int id;
			if (!this.pending.isEmpty() && this.random.nextBoolean()) {
				id = this.pending.remove(0);
			}
			else {
				id = rarely() ? known() : opened();
			}
			Frame.Ref ref = (this.random.nextInt(6) == 0) ? Frame.Ref.alias(1 + this.random.nextInt(24))
					: Frame.Ref.name(NAMES[this.random.nextInt(NAMES.length)]);
			return new Frame.Invoke(id, this.random.nextBoolean(), ref, metadata(), body());
		}

		private Frame part() {
			Bytes body = Bytes.of(new byte[1 + this.random.nextInt(3000)]);
			return switch (this.random.nextInt(4)) {
				case 0 -> new Frame.Part(0, body);
				case 1 -> new Frame.Part(remote(), body);
				default -> {
					if (this.pending.isEmpty() || this.random.nextInt(3) == 0) {
						this.pending.add(opened());
					}
					yield new Frame.Part(this.pending.get(this.random.nextInt(this.pending.size())), body);
				}
			};
		}

		private Frame define() {
			int alias = rarely() ? 1 + this.random.nextInt(40) : 16 + this.random.nextInt(6);
			return new Frame.Define(alias, this.random.nextBoolean() ? "n" + alias : "", Bytes.EMPTY, Bytes.EMPTY);
		}

		private int opened() {
			this.last += 2;
			return this.last;
		}

		/** Mostly an id that was opened before, by either side. */
		private int known() {
			int own = this.raw.peer.core.state.streams().nextId() - 2;
			if (rarely()) {
				return 1 + this.random.nextInt(2000);
			}
			boolean sent = own > 0 && this.raw.peer.position().sent() > 0 && TestPeers.queued(this.raw.peer) == 0;
			return (sent && this.random.nextInt(4) == 0) ? Math.max(2 - (own & 1), own - 2 * this.random.nextInt(4))
					: remote();
		}

		private int remote() {
			int first = 2 - (this.last & 1);
			int id = Math.max(first, this.last - 2 * this.random.nextInt(10));
			return this.pending.contains(id) && !rarely() ? first : id;
		}

		private Bytes metadata() {
			Codec codec = this.raw.codec;
			return switch (this.random.nextInt(8)) {
				case 0 ->
					codec.encodeMetadata(new Metadata(0, -1, null, null, this.random.nextInt(5), null, null, null, 0));
				case 1 -> codec
					.encodeMetadata(new Metadata(0, this.random.nextInt(500), "key", null, -1, null, null, null, 0));
				case 2 -> codec.encodeMetadata(new Metadata(this.random.nextInt(20), -1, null, null, -1, null, null,
						null, this.random.nextInt(10)));
				case 3 -> codec.encodeMetadata(Metadata.of(new Progress(1, 2.0, "x")));
				default -> Bytes.EMPTY;
			};
		}

		private Bytes body() {
			return switch (this.random.nextInt(6)) {
				case 0 -> Bytes.EMPTY;
				case 1 -> this.raw.codec.encode(List.of(1, "two"));
				case 2 -> Bytes.utf8("\u00e4\u00f6\u00fc");
				case 3 -> Bytes.of(new byte[] { (byte) 0xff, (byte) 0xc3 });
				case 4 -> Bytes.of(new byte[this.random.nextInt(2500)]);
				default -> this.raw.codec.encode("text");
			};
		}

	}

	private static Bytes mutated(Bytes message, Random random) {
		List<Byte> bytes = new ArrayList<>();
		for (byte octet : message.toArray()) {
			bytes.add(octet);
		}
		for (int i = 0; i <= random.nextInt(3); i++) {
			int at = random.nextInt(bytes.size());
			switch (random.nextInt(4)) {
				case 0 -> bytes.set(at, (byte) random.nextInt(256));
				case 1 -> bytes.set(at, (byte) (bytes.get(at) ^ 1 << random.nextInt(8)));
				case 2 -> bytes.add(at, (byte) random.nextInt(256));
				default -> {
					if (bytes.size() > 1) {
						bytes.remove(at);
					}
				}
			}
		}
		byte[] result = new byte[bytes.size()];
		for (int i = 0; i < result.length; i++) {
			result[i] = bytes.get(i);
		}
		return Bytes.of(result);
	}

}
