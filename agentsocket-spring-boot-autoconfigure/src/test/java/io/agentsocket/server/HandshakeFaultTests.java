package io.agentsocket.server;

import java.security.Principal;
import java.util.Map;
import java.util.function.Consumer;

import io.agentsocket.Await;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.session.Identities;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An agent whose session cannot be opened hears whether that is a fault of the store.
 */
class HandshakeFaultTests {

	private static final RuntimeException FAULT = new IllegalStateException("out of order");

	private static void assertClosed(CloseCode expected, Consumer<AgentSocketServerBuilder> more) throws Exception {
		try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(), more);
				RawSocket socket = new RawSocket(server.port(), RawAgent.CBOR.subProtocol(),
						Map.of(TestServer.PRINCIPAL, "alice"))) {
			socket.send(RawAgent.hello(null));
			assertThat(RawAgent.closeCode(socket)).isEqualTo(expected.code());
			assertThat(server.server().bounds().refusedHandshakes().total(expected.code())).isOne();
			Await.until(() -> server.server().sessions().isEmpty() && server.server().bounds().isUnused());
		}
	}

	@Test
	void faultOfThePartsOfTheApplicationIsNoneOfTheStore() throws Exception {
		Identities unable = new Identities() {

			@Override
			public boolean isAnonymous(Principal principal) {
				throw FAULT;
			}

		};
		assertClosed(CloseCode.INTERNAL, (builder) -> builder.identities(unable));
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void faultOfTheStoreIsCalledSo(boolean throwing) throws Exception {
		assertClosed(CloseCode.STORE_UNAVAILABLE, (builder) -> builder.store(SpyStore.unable(FAULT, throwing)));
	}

}
