package io.agentsocket.server;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.agentsocket.Await;
import io.agentsocket.codec.Hello;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.server.bounds.PodBounds;
import io.agentsocket.server.bounds.Refusal;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents that resume are let in while others, or they themselves, take all places for
 * sockets without a session.
 */
class ResumeAdmissionTests {

	/** More than the share of their address, fewer than all that it may take. */
	private static final int AGENTS = 240;

	private static final int SHARE = 50;

	private static TestServer server(Consumer<ServerBounds.Builder> bounds) {
		ServerBounds.Builder builder = ServerBounds.builder();
		bounds.accept(builder);
		// No silent socket loses its place for its age, or is closed because it has not
		// answered a close, and sessions of agents that have said nothing stay.
		Duration never = Await.LONG.multipliedBy(5);
		return new TestServer(ServerSettings.builder()
			.helloTimeout(never)
			.closeTimeout(never)
			.unconfirmedTimeout(never)
			.bounds(builder.build())
			.build(), (server) -> {
			});
	}

	private static void awaitPlaces(TestServer server, int taken) {
		Await.until(() -> server.server().bounds().handshakes().taken() == taken);
	}

	private static RawSocket connect(TestServer server) {
		return new RawSocket(server.port(), RawAgent.CBOR.subProtocol());
	}

	/** A session whose connection is lost. */
	private static Welcome lostSession(TestServer server) throws InterruptedException {
		try (RawCaller agent = new RawCaller(server).open()) {
			return agent.welcome();
		}
		finally {
			Await.until(() -> server.server().connections() == 0);
		}
	}

	private static Welcome.Status resume(RawSocket socket, Welcome last) throws InterruptedException {
		socket.send(RawAgent.hello(RawAgent.resume(last, 1)));
		return RawAgent.welcome(socket).status();
	}

	@Test
	void manyAgentsBehindOneAddressResumeAtTheSameMoment() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxHandshakesPerAddress(SHARE))) {
			List<Welcome> sessions = new ArrayList<>();
			List<RawSocket> sockets = new ArrayList<>();
			for (int i = 0; i < AGENTS; i++) {
				RawSocket socket = connect(server);
				sockets.add(socket);
				sessions.add(RawAgent.open(socket));
			}
			sockets.forEach(RawSocket::close);
			Await.until(() -> server.server().connections() == 0);
			sockets.clear();
			for (int i = 0; i < AGENTS; i++) {
				sockets.add(connect(server));
			}
			awaitPlaces(server, AGENTS);
			for (int i = 0; i < AGENTS; i++) {
				sockets.get(i).send(RawAgent.hello(RawAgent.resume(sessions.get(i), 1)));
			}
			for (RawSocket socket : sockets) {
				assertThat(RawAgent.welcome(socket).status()).isEqualTo(Welcome.Status.RESUMED);
			}
			awaitPlaces(server, 0);
			PodBounds bounds = server.server().bounds();
			assertThat(bounds.refusals().total(Refusal.ADDRESS_HANDSHAKES)).isZero();
			assertThat(bounds.refusals().total(Refusal.HANDSHAKE_TIME)).isZero();
			sockets.forEach(RawSocket::close);
		}
	}

	@Test
	void agentResumesWhereStrangersTakeTheShareOfItsAddress() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxHandshakesPerAddress(1))) {
			Welcome last = lostSession(server);
			try (RawSocket stranger = connect(server)) {
				awaitPlaces(server, 1);
				try (RawSocket another = connect(server); RawSocket forger = connect(server)) {
					another.send(RawAgent.hello(null));
					assertThat(RawAgent.closeCode(another)).isEqualTo(CloseCode.OVERLOADED.code());
					forger.send(RawAgent.hello(new Hello.Resume(last.session(), "forged", last.log(), 0, 0, 1, 1)));
					assertThat(RawAgent.closeCode(forger)).isEqualTo(CloseCode.OVERLOADED.code());
				}
				assertThat(server.server().bounds().refusals().total(Refusal.ADDRESS_HANDSHAKES)).isEqualTo(2);
				awaitPlaces(server, 1);
				try (RawSocket agent = connect(server)) {
					assertThat(resume(agent, last)).isEqualTo(Welcome.Status.RESUMED);
				}
				assertThat(stranger.next(Duration.ZERO)).isNull();
			}
		}
	}

	@Test
	void agentResumesWhereStrangersTakeAllPlaces() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxHandshakes(3).maxHandshakesPerAddress(1))) {
			Welcome last = lostSession(server);
			// Each address of 127.0.0.0/8 is one of this machine.
			InetAddress elsewhere = InetAddress.getByName("127.0.0.2");
			List<PlainSocket> strangers = new ArrayList<>();
			for (int i = 1; i <= 3; i++) {
				PlainSocket stranger = new PlainSocket(elsewhere, server.port(), Await.LONG);
				strangers.add(stranger);
				assertThat(stranger.upgrade(Map.of())).isEqualTo(101);
				awaitPlaces(server, i);
			}
			try (RawSocket agent = connect(server)) {
				assertThat(resume(agent, last)).isEqualTo(Welcome.Status.RESUMED);
				assertThat(strangers.get(1).next().closeCode()).isEqualTo(CloseCode.HELLO_TIMEOUT.code());
				assertThat(server.server().bounds().refusals().total(Refusal.HANDSHAKE_TIME)).isEqualTo(1);
			}
			awaitPlaces(server, 2);
			for (PlainSocket stranger : strangers) {
				stranger.close();
			}
		}
	}

	@Test
	void socketThatLosesItsPlaceIsGoneWithoutItsConsent() throws Exception {
		try (TestServer server = server((bounds) -> bounds.maxHandshakes(2).maxHandshakesPerAddress(1))) {
			InetAddress elsewhere = InetAddress.getByName("127.0.0.2");
			try (PlainSocket first = new PlainSocket(elsewhere, server.port(), Await.LONG);
					PlainSocket second = new PlainSocket(elsewhere, server.port(), Await.LONG)) {
				assertThat(first.upgrade(Map.of())).isEqualTo(101);
				awaitPlaces(server, 1);
				assertThat(second.upgrade(Map.of())).isEqualTo(101);
				awaitPlaces(server, 2);
				try (RawCaller agent = new RawCaller(server).open()) {
					assertThat(agent.welcome().status()).isEqualTo(Welcome.Status.NEW);
					// It neither reads the close nor answers it.
					Await.until(() -> server.server().connections() == 2);
				}
			}
		}
	}

}
