package io.agentsocket.connection;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Metadata;
import io.agentsocket.connection.takeover.RemoteAction;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.FrameType;
import io.agentsocket.session.Commit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bytes that a peer holds are counted, whatever the other side makes it hold: at
 * least as many as are held, and none when nothing is held any more. No small thing keeps
 * the large message that it came in.
 */
class HeldMemoryTests {

	private static final JacksonCodec CODEC = JacksonCodec.cbor();

	private static final int LARGE = 8000;

	private static Bytes metadata(String key) {
		return CODEC.encodeMetadata(new Metadata(0, -1, key, null, -1, null, null, null, 0));
	}

	private static Frame.Invoke invoke(int id, String action, Bytes metadata, int arguments) {
		Bytes body = (arguments != 0) ? CODEC.encodeMap(Map.of("x", new byte[arguments])) : Bytes.EMPTY;
		return new Frame.Invoke(id, true, Frame.Ref.name(action), metadata, body);
	}

	/** A frame in a message of 60 KB that counts for nothing else. */
	private static Frame[] inLargeMessage(Frame frame) {
		List<Frame> frames = new ArrayList<>();
		frames.add(frame);
		for (int i = 0; i < 20_000; i++) {
			frames.add(new Frame.Ack(0, -1, false));
		}
		return frames.toArray(Frame[]::new);
	}

	private static RawPeer server(boolean stores) {
		RawPeer raw = RawPeer.ofServer(new QuietStorage() {

			@Override
			public Mono<Void> commit(Commit commit) {
				return stores ? Mono.empty() : Mono.never();
			}

		});
		raw.actions.value("never", (exchange) -> Mono.never());
		raw.actions.bytes("echo", (exchange) -> Mono.just(new byte[LARGE]));
		raw.actions.value("small", (exchange) -> Mono.just(1));
		raw.actions.taking("take", ResultShape.VALUE, (exchange) -> Mono.never());
		raw.actions.value("ask",
				(exchange) -> exchange.invoke("answer")
					.arguments(Map.of("x", new byte[LARGE]))
					.toMono(byte[].class)
					.map((bytes) -> bytes.length));
		raw.actions.add("theirs", ResultShape.VALUE, true, ActionHints.NONE, new RemoteAction("b/2", Map.of()));
		return raw;
	}

	/** Something that the other side makes a peer hold. */
	enum Kind {

		/** Results that are remembered for their idempotency keys. */
		REMEMBERED_RESULTS(10 * LARGE) {

			@Override
			void hold(RawPeer raw) {
				for (int i = 0; i < 10; i++) {
					raw.send(invoke(2 * i + 1, "echo", metadata("key" + i), 0));
				}
				acknowledgeAll(raw);
			}

		},

		/** Keys whose results are not kept. */
		REMEMBERED_KEYS(400 * 128) {

			@Override
			void hold(RawPeer raw) {
				for (int i = 0; i < 400; i++) {
					raw.send(invoke(2 * i + 1, "small", metadata("a.key.of.some.length" + i), 0));
				}
				acknowledgeAll(raw);
			}

		},

		/** Small answers that are not acknowledged. */
		SMALL_MESSAGES(500 * 64) {

			@Override
			void hold(RawPeer raw) {
				for (int i = 0; i < 500; i++) {
					raw.send(invoke(2 * i + 1, "small", Bytes.EMPTY, 0));
				}
			}

		},

		/** Arguments and metadata of open calls. */
		ARGUMENTS(2 * 10 * LARGE) {

			@Override
			void hold(RawPeer raw) {
				for (int i = 0; i < 10; i++) {
					raw.send(invoke(2 * i + 1, "never", metadata("key" + i), LARGE));
				}
			}

		},

		/** Items that nobody takes. */
		SMALL_ITEMS(32 * 64) {

			@Override
			void hold(RawPeer raw) {
				raw.send(RawPeer.invokeOpen(1, "take"));
				for (int i = 0; i < 32; i++) {
					raw.send(inLargeMessage(RawPeer.text(1, "x", false)));
				}
			}

		},

		/** Results of calls of this side that came in part, and what these calls say. */
		JOINED_RESULTS(3 * LARGE) {

			@Override
			void hold(RawPeer raw) {
				raw.send(RawPeer.invoke(1, "ask"));
				for (int i = 0; i < 2; i++) {
					raw.send(new Frame.Item(FrameType.BYTES, 2, false, Bytes.EMPTY, Bytes.of(new byte[LARGE])));
				}
			}

		},

		/** A result that came, and the end of its call did not. */
		RESULT_WITHOUT_END(2 * LARGE) {

			@Override
			void hold(RawPeer raw) {
				raw.send(RawPeer.invoke(1, "ask"));
				raw.send(new Frame.Item(FrameType.DATA, 2, false, Bytes.EMPTY, CODEC.encode(new byte[LARGE])));
			}

		},

		/** Frames for a runner that does not confirm them. */
		PASSED_ON(10 * LARGE) {

			@Override
			void hold(RawPeer raw) {
				raw.send(RawPeer.invokeOpen(1, "theirs"));
				for (int i = 0; i < 10; i++) {
					raw.send(new Frame.Item(FrameType.BYTES, 1, false, Bytes.EMPTY, Bytes.of(new byte[LARGE])));
				}
			}

			@Override
			void end(Peer peer) {
				// After a reset the runner would get the frames before it hears of that.
				peer.release(1000, new ActionException(ErrorCode.CANCELLED, "Over"));
			}

		},

		/** Payloads of which a part came. */
		SMALL_PARTS(500 * 128) {

			@Override
			void hold(RawPeer raw) {
				for (int i = 0; i < 500; i++) {
					raw.send(new Frame.Part(2 * i + 1, Bytes.of(new byte[1])));
				}
			}

		},

		/** Aliases in both directions. */
		ALIASES(2 * 100 * 128) {

			@Override
			void hold(RawPeer raw) {
				for (int i = 0; i < 100; i++) {
					raw.send(new Frame.Define(100 + i, "name.of.some.length." + i, Bytes.EMPTY, Bytes.EMPTY));
					raw.actions.value("action" + i, (exchange) -> Mono.just(1));
					raw.send(invoke(2 * i + 1, "action" + i, Bytes.EMPTY, 0));
				}
				acknowledgeAll(raw);
			}

		};

		private final long least;

		/**
		 * A kind.
		 * @param least bytes that are held for sure
		 */
		Kind(long least) {
			this.least = least;
		}

		static void acknowledgeAll(RawPeer raw) {
			raw.send(RawPeer.ack(raw.peer.position().sent()));
		}

		abstract void hold(RawPeer raw);

		void end(Peer peer) {
			peer.reset(new ActionException(ErrorCode.SESSION_RESET, "Reset"), "another", false);
		}

	}

	@ParameterizedTest
	@EnumSource
	void allThatIsHeldIsCountedAndNothingAfterTheEnd(Kind kind) {
		RawPeer raw = server(true);
		kind.hold(raw);
		assertThat(raw.transport.closeCode).as(raw.transport.closeReason).isZero();
		assertThat(TestPeers.held(raw.peer)).isBetween(kind.least, 10 * kind.least + 20_000);
		kind.end(raw.peer);
		raw.settle();
		assertThat(TestPeers.held(raw.peer)).isZero();
	}

	@Test
	void eventsThatWaitForTheStoreAreCountedWithoutTheirMessages() {
		RawPeer raw = server(false);
		for (int i = 0; i < 20; i++) {
			raw.send(inLargeMessage(
					new Frame.Event(Frame.Ref.name("event"), Bytes.EMPTY, Bytes.of(new byte[] { 1, 2, 3 }))));
		}
		assertThat(raw.listener.events).isEmpty();
		assertThat(TestPeers.held(raw.peer)).isBetween(20 * 64L, 20 * 1000L);
	}

	@Test
	void framesOnTheirWayToTheOwnerAreCountedUntilTheyAreThere() {
		Sinks.Empty<Void> pushed = Sinks.empty();
		RawPeer raw = RawPeer.ofServer(new QuietStorage() {

			@Override
			public Mono<Void> push(Bytes message, Bytes wakeUp) {
				return pushed.asMono();
			}

		});
		Sinks.One<byte[]> result = Sinks.one();
		raw.actions.value("late", (exchange) -> result.asMono());
		raw.send(RawPeer.invoke(1, "late"));
		raw.peer.otherPods().moved(2);
		raw.settle();
		result.tryEmitValue(new byte[LARGE]);
		raw.settle();
		raw.peer.otherPods().announce("own", Bytes.of(new byte[LARGE]));
		raw.settle();
		assertThat(TestPeers.queued(raw.peer)).as("it is underway, and not queued any more").isZero();
		assertThat(TestPeers.held(raw.peer)).isBetween(2L * LARGE, 4L * LARGE);
		pushed.tryEmitEmpty();
		raw.settle();
		assertThat(TestPeers.held(raw.peer)).isLessThan(LARGE);
	}

	@Test
	void recordedCallsAreCountedWithoutTheirMessages() {
		RawPeer raw = server(true);
		for (int i = 0; i < 20; i++) {
			raw.send(inLargeMessage(invoke(2 * i + 1, "never", metadata("key" + i), 10)));
		}
		assertThat(raw.peer.core.state.records().calls()).hasSize(20).allSatisfy((call) -> {
			assertThat(call.invoke().metadata().array()).hasSizeLessThan(100);
			assertThat(call.invoke().arguments().array()).hasSizeLessThan(100);
		});
		assertThat(TestPeers.held(raw.peer)).isBetween(20 * 1024L, 20 * 3000L);
	}

}
