package io.agentsocket.connection;

import io.agentsocket.action.ResultShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A frame for a closed stream is read as far as its payload, and one after the end of the
 * caller's items is an error whatever it holds.
 */
class ClosedStreamTests {

	private static RawPeer closed() {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.value("a", (exchange) -> Mono.just(1));
		raw.send(RawPeer.invoke(1, "a"));
		assertThat(raw.frames()).hasSize(1);
		return raw;
	}

	private static RawPeer halfClosed(boolean takesItems) {
		RawPeer raw = RawPeer.ofServer();
		raw.actions.add("hold", ResultShape.VALUE, takesItems, (exchange) -> Mono.never());
		raw.send(RawPeer.invoke(1, "hold"));
		assertThat(raw.frames()).isEmpty();
		return raw;
	}

	/** DATA, TEXT and BYTES without anything, and what no item may be. */
	@ParameterizedTest
	@ValueSource(strings = { "4801", "5001", "5801", "4901", "5001ff", "4801ff", "4c0104a1188001", "780161", "700101",
			"60010100", "680100" })
	void frameOfAClosedStreamIsIgnored(String hex) {
		RawPeer raw = closed().hex(hex);
		assertThat(raw.frames()).isEmpty();
		assertThat(raw.transport.closeCode).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "700100", "60010000", "680102", "7801", "4c0103a1022001", "4c0101ff01",
			"640103a10220010100", "6c0103a1022000" })
	void frameOfAClosedStreamIsReadAsFarAsItsPayload(String hex) {
		closed().hex(hex).assertClosed(4500);
	}

	@ParameterizedTest
	@ValueSource(strings = { "4901", "5101", "5901", "480101", "4c0104a118400a", "4d0104a118400a" })
	void frameAfterTheEndOfTheItemsIsAnError(String hex) {
		halfClosed(true).hex(hex).assertError(1, 9);
	}

	@ParameterizedTest
	@ValueSource(strings = { "4801", "5001", "5801", "540104a118400a" })
	void frameThatIsNeverAllowedClosesAlsoAfterTheEndOfTheItems(String hex) {
		halfClosed(true).hex(hex).assertClosed(4500);
	}

	@Test
	void partAfterTheEndOfTheItemsIsAnsweredWithTheFrameThatTakesIt() {
		for (boolean takesItems : new boolean[] { true, false }) {
			RawPeer raw = halfClosed(takesItems).hex("780161");
			assertThat(raw.frames()).isEmpty();
			raw.hex("4801").assertError(1, 9);
		}
	}

	/** The name is longer than 128 bytes; the metadata has a negative deadline. */
	@Test
	void headFieldsAndMetadataComeBeforeTheStream() {
		RawPeer.ofServer().hex("4002" + "8302" + "61".repeat(129)).assertClosed(4505);
		RawPeer.ofServer().hex("4402" + "03a10220" + "04").assertClosed(4500);
		RawPeer.ofServer().hex("00" + "20".repeat(8192)).assertClosed(4505);
		RawPeer.ofServer().hex("00a0").assertClosed(4500);
	}

}
