package io.agentsocket.connection;

import java.util.Map;

import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Large payloads of stream 0, descriptors and events, of which a part has left when the
 * connection is lost, or when the other side knows the session no more.
 */
class HalfSentTests {

	private static final String LARGE = "Köln ".repeat(60_000);

	private static void sendDescriptor(Peer peer, String name, String text) {
		peer.announcer().announce(name, Map.of("description", text), "h");
	}

	private static void send(Peer peer) {
		sendDescriptor(peer, "large", LARGE);
		peer.events().send("large", LARGE);
		sendDescriptor(peer, "small", "s");
		peer.events().send("small", "s");
	}

	private static void assertWhole(RecordingListener listener) {
		assertThat(listener.defined).containsExactly("+large*@h", "+small*@h");
		// With the heads of these texts in CBOR.
		assertThat(listener.events).containsExactly("large" + (5 + Bytes.utf8(LARGE).length()), "small2");
	}

	/** How many steps a whole conversation takes. */
	private static int steps(boolean ofServer) {
		Pair pair = new Pair().connect();
		pair.settle();
		send(ofServer ? pair.server : pair.client);
		int steps = 0;
		while (pair.step()) {
			steps++;
		}
		return steps;
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void theRestComesOverTheNextConnectionWhereverTheOneBeforeIsCut(boolean ofServer) {
		int steps = steps(ofServer);
		assertThat(steps).isGreaterThan(20);
		for (int cut = 0; cut <= steps; cut++) {
			Pair pair = new Pair().connect();
			pair.settle();
			send(ofServer ? pair.server : pair.client);
			for (int step = 0; step < cut; step++) {
				pair.step();
			}
			pair.cut();
			pair.connect();
			pair.settle();
			assertWhole(ofServer ? pair.clientListener : pair.serverListener);
			pair.assertClean();
		}
	}

	@Test
	void whatIsHalfHereIsForgottenWhenTheSessionBeginsAnew() {
		int steps = steps(true);
		ActionException reset = new ActionException(ErrorCode.LOST, "The session was reset");
		int halves = 0;
		for (int cut = 0; cut <= steps; cut++) {
			Pair pair = new Pair().connect();
			pair.settle();
			sendDescriptor(pair.server, "large", LARGE);
			for (int step = 0; step < cut; step++) {
				pair.step();
			}
			halves += pair.clientListener.defined.isEmpty() ? 1 : 0;
			pair.cut();
			pair.replaceServer();
			pair.client.reset(reset, "log", true);
			pair.server.reset(reset, "log", true);
			pair.clientListener.defined.clear();
			pair.connect();
			send(pair.server);
			pair.settle();
			assertWhole(pair.clientListener);
			pair.assertClean();
		}
		assertThat(halves).as("cuts in the middle").isGreaterThan(5);
	}

}
