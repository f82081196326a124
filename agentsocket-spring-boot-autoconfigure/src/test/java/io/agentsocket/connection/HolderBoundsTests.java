package io.agentsocket.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.codec.Hello;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.Welcome;
import io.agentsocket.connection.sequence.SendQueue;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import io.agentsocket.protocol.Limits;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A peer may say that it accepts whatever it likes: what is held for it is bounded by the
 * side that holds it. Each test uses the largest numbers that HELLO and WELCOME have.
 */
class HolderBoundsTests {

	private static final JacksonCodec CODEC = JacksonCodec.cbor();

	private static final Map<String, Object> BOUNDLESS = Map.of("window", Integer.MAX_VALUE, "message",
			Integer.MAX_VALUE, "frame", 1 << 24, "item", Integer.MAX_VALUE, "items", (1L << 53) - 1, "streams",
			Integer.MAX_VALUE);

	private static Limits boundlessAgent() {
		return Hello.decode(CODEC, CODEC.encodeMap(BOUNDLESS)).limits();
	}

	private static Limits boundlessServer() {
		Map<String, Object> map = new java.util.HashMap<>(BOUNDLESS);
		map.putAll(Map.of("status", "new", "session", "s", "token", "t", "log", "l", "aliases", Integer.MAX_VALUE));
		return Welcome.decode(CODEC, CODEC.encodeMap(map)).limits();
	}

	@Test
	void replayLogIsBoundedByTheOwnWindowAndNotByThatOfThePeer() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(boundlessAgent(), 0);
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 5000).map((n) -> new byte[1000]));
		raw.send(RawPeer.invoke(1, "flood"));
		for (int i = 0; i < 20; i++) {
			// Reads everything, answers pings, and never says that it has anything.
			raw.allFrames();
			raw.send(RawPeer.ack(0));
			raw.advance(Duration.ofSeconds(1));
		}
		assertThat(TestPeers.unacknowledged(raw.peer)).isBetween(Limits.SERVER.window() - 1100, Limits.SERVER.window());
		assertThat(TestPeers.queued(raw.peer)).isLessThan(2L * SendQueue.HIGH);
	}

	@Test
	void controlFramesUseTheReserveAndNoMore() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(boundlessAgent(), 0);
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 5000).map((n) -> new byte[1000]));
		raw.send(RawPeer.invoke(1, "flood"));
		for (int id = 3; id < 2003; id += 2) {
			raw.send(RawPeer.invoke(id, "nothing.of.this.name"));
		}
		assertThat(TestPeers.unacknowledged(raw.peer)).isBetween(Limits.SERVER.window() + 3 * 1024,
				Limits.SERVER.window() + Limits.CONTROL_RESERVE);
	}

	@Test
	void ownWindowBoundsBothDirections() {
		Limits small = new Limits(16 << 10, 4 << 10, 64 << 10, 128 << 10, 4, 32, 32 << 10, 2, 128, 4096, 32);
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER, small, CODEC).attach(boundlessAgent(), 0);
		raw.actions.bytes("flood", (exchange) -> Flux.range(0, 5000).map((n) -> new byte[1000]));
		raw.send(RawPeer.invoke(1, "flood"));
		assertThat(TestPeers.unacknowledged(raw.peer)).isBetween(31 << 10, 32 << 10);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void itemsAreBoundedByTheSideThatHoldsThem(boolean stream) {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(boundlessAgent(), 0);
		if (stream) {
			raw.actions.bytes("large", (exchange) -> Flux.just(new byte[(1 << 20) + 1]));
		}
		else {
			raw.actions.value("large", (exchange) -> Mono.just(new byte[1 << 20]));
		}
		raw.send(RawPeer.invoke(1, "large"));
		raw.assertError(1, ErrorCode.TOO_LARGE.code());
		assertThat(TestPeers.queued(raw.peer)).isZero();
	}

	@Test
	void eventsAndArgumentsAreBoundedByTheSideThatHoldsThem() {
		RawPeer raw = new RawPeer(PeerSettings.Role.CLIENT).attach(boundlessServer(), 0);
		byte[] large = new byte[1 << 20];
		List<Throwable> errors = new ArrayList<>();
		raw.peer.invoke("a").arguments(Map.of("x", large)).toMono(String.class).subscribe(null, errors::add);
		raw.settle();
		try {
			raw.peer.events().send("e", large);
		}
		catch (ActionException ex) {
			errors.add(ex);
		}
		assertThat(errors).hasSize(2)
			.allSatisfy((error) -> assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.TOO_LARGE));
	}

	@Test
	void openCallsAreBoundedByTheSideThatMakesThem() {
		RawPeer raw = new RawPeer(PeerSettings.Role.CLIENT).attach(boundlessServer(), 0);
		AtomicInteger failed = new AtomicInteger();
		for (int i = 0; i < 3000; i++) {
			raw.peer.invoke("a").toMono(String.class).subscribe(null, (error) -> failed.incrementAndGet());
		}
		raw.settle();
		long opened = raw.allFrames().stream().filter(Frame.Invoke.class::isInstance).count();
		assertThat(opened).isEqualTo(Limits.CLIENT.streams());
		assertThat(failed).hasValue(0);
	}

	@Test
	void peerThatTakesNoStreamsRefusesCallsAtOnce() {
		Limits none = Hello.decode(CODEC, CODEC.encodeMap(Map.of("streams", 0))).limits();
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER);
		List<Throwable> errors = new ArrayList<>();
		raw.peer.invoke("early").toMono(String.class).subscribe(null, errors::add);
		raw.settle();
		raw.attach(none, 0);
		raw.peer.invoke("late").toMono(String.class).subscribe(null, errors::add);
		raw.settle();
		assertThat(raw.frames()).isEmpty();
		assertThat(errors).hasSize(2).allSatisfy((error) -> {
			assertThat(((ActionException) error).errorCode()).isEqualTo(ErrorCode.NOT_FOUND);
			assertThat(((ActionException) error).hasMaybeRun()).isFalse();
		});
	}

	@Test
	void aliasesAreBoundedByTheSideThatDefinesThem() {
		RawPeer raw = new RawPeer(PeerSettings.Role.CLIENT).attach(boundlessServer(), 0);
		for (int i = 0; i < 1100; i++) {
			raw.peer.announcer().announce("a" + i, Map.of(), "h");
		}
		raw.settle();
		assertThat(raw.peer.remote().aliases()).isEqualTo(Limits.CLIENT.aliases());
	}

	@Test
	void firstDeclaredLimitsAreRememberedAsTheyWere() {
		RawPeer raw = new RawPeer(PeerSettings.Role.SERVER).attach(boundlessAgent(), 0);
		assertThat(raw.peer.declared()).isEqualTo(boundlessAgent());
		assertThat(raw.peer.remote().window()).isEqualTo(Limits.SERVER.window());
	}

	@Test
	void sideThatAcceptsLittleMaySendAsTheProtocolHasItByDefault() {
		Limits own = new Limits(1024, 1024, 1024, 1024, 0, 0, 32 << 10, 0, 16, 256, 4);
		Limits bounded = Limits.SERVER.boundedBy(own);
		assertThat(bounded.item()).isEqualTo(Limits.SERVER.item());
		assertThat(bounded.streams()).isEqualTo(Limits.SERVER.streams());
		assertThat(bounded.aliases()).isEqualTo(Limits.SERVER.aliases());
		assertThat(bounded.items()).isEqualTo(Limits.SERVER.items());
		assertThat(bounded.window()).isEqualTo(32 << 10);
		assertThat(bounded.frame()).isLessThanOrEqualTo(16 << 10);
	}

	@Test
	void textsThatAPeerSaysOfItselfAreShortened() {
		Hello hello = Hello.decode(CODEC, CODEC
			.encodeMap(Map.of("client", Map.of("name", "n".repeat(7000), "version", "\uD83D\uDE00".repeat(500)))));
		assertThat(hello.client()).isNotNull();
		assertThat(hello.client().name()).hasSize(128);
		assertThat(hello.client().version()).isEqualTo("\uD83D\uDE00".repeat(64));
	}

}
