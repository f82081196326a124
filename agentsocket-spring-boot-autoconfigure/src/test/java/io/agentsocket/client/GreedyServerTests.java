package io.agentsocket.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.bridge.RemoteActions;
import io.agentsocket.codec.Metadata;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

import org.springframework.test.util.ReflectionTestUtils;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server that makes its client remember more and more.
 */
class GreedyServerTests {

	/** Metadata of a call, without credit. */
	private static final Bytes NONE = FakeServer.CBOR
		.encodeMetadata(new Metadata(0, -1, null, null, 0, null, null, null, 0));

	private final List<AgentSocketClient> clients = new ArrayList<>();

	@AfterEach
	void close() {
		this.clients.forEach((client) -> Await.end(client.close()));
	}

	private AgentSocketClient built(AgentSocketClientBuilder builder) {
		AgentSocketClient client = builder.connectTimeout(Await.LONG).build();
		this.clients.add(client);
		return client;
	}

	private static Object field(Object target, String path) {
		Object present = target;
		for (String name : path.split("\\.")) {
			present = ReflectionTestUtils.getField(present, name);
		}
		return present;
	}

	private static long held(AgentSocketClient client) {
		Object holdings = field(client, "peer.core.holdings");
		return (Long) ReflectionTestUtils.invokeMethod(holdings, "bytes");
	}

	@Test
	void resultsThatTheServerGrantsNoCreditForAreBounded() throws Exception {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient client = built(AgentSocketClient.builder(server.uri())
				.offer(List.of(Action.named("screen.shot").handler((exchange) -> Mono.just("x".repeat(1_000_000))))));
			client.connect().subscribe();
			FakeServer.Connection connection = server.accept().welcomeNew();
			Await.until(() -> client.state() == ConnectionState.CONNECTED);
			int calls = 200;
			for (int i = 0; i < calls; i++) {
				connection.send(new Frame.Invoke(2 + 2 * i, true, Frame.Ref.name("screen.shot"), NONE, Bytes.EMPTY));
			}
			// All are answered in their order: with an error, or when there is credit.
			int last = 2 + 2 * calls;
			connection.send(new Frame.Invoke(last, true, Frame.Ref.name("absent"), NONE, Bytes.EMPTY));
			while (connection.error().streamId() != last) {
				assertThat(held(client)).isLessThan(80_000_000);
			}
			Await.until(() -> held(client) > 60_000_000);
			assertThat(held(client)).isLessThan(80_000_000);
		}
	}

	@Test
	void subscriberThatDoesNotKeepUpMissesChangesAndNothingElse() throws Exception {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient client = built(AgentSocketClient.builder(server.uri()));
			List<String> told = new CopyOnWriteArrayList<>();
			List<Throwable> errors = new CopyOnWriteArrayList<>();
			client.changes().subscribe(new BaseSubscriber<CatalogChange>() {

				@Override
				protected void hookOnSubscribe(Subscription subscription) {
					subscription.request(1);
				}

				@Override
				protected void hookOnNext(CatalogChange change) {
					told.add(change.name());
				}

				@Override
				protected void hookOnError(Throwable error) {
					errors.add(error);
				}

			});
			client.connect().subscribe();
			FakeServer.Connection connection = server.accept().welcomeNew();
			Await.until(() -> client.state() == ConnectionState.CONNECTED);
			Bytes descriptor = FakeServer.CBOR.encodeMap(Map.of("description", "d"));
			for (String name : List.of("a", "b", "c")) {
				connection.send(new Frame.Define(0, name, Bytes.EMPTY, descriptor));
			}
			Await.until(() -> !told.isEmpty());
			connection.send(new Frame.Invoke(2, true, Frame.Ref.name("absent"), NONE, Bytes.EMPTY));
			connection.error();
			List<String> late = new CopyOnWriteArrayList<>();
			client.changes().subscribe((change) -> late.add(change.name()), errors::add);
			connection.send(new Frame.Define(0, "d", Bytes.EMPTY, descriptor));
			Await.until(() -> !late.isEmpty() || !errors.isEmpty());
			assertThat(errors).isEmpty();
			assertThat(late).containsExactly("d");
		}
	}

	@Test
	void changesWhileABridgeReadsAreBounded() throws Exception {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient client = built(AgentSocketClient.builder(server.uri()));
			RemoteActions actions = new RemoteActions(client, (name) -> name, (action) -> true, Await.LONG);
			actions.read().subscribe((read) -> {
			}, (error) -> {
			});
			FakeServer.Connection connection = server.accept().welcomeNew();
			Frame.Invoke find = connection.invoke();
			Bytes large = FakeServer.CBOR.encodeMap(Map.of("input", Map.of("description", "x".repeat(10_000))));
			announce(connection, "early", 4_200, 7, large);
			assertThat((List<?>) field(actions, "missed")).hasSizeBetween(1_000, 3_400);
			connection.answer(find, Map.of("actions", List.of(), "total", 0));
			Await.until(() -> !actions.known().isEmpty());
			// Some are missing: the next one who asks reads them anew.
			assertThat(actions.isFresh()).isFalse();
		}
	}

	@Test
	void actionsThatABridgeKeepsAreBoundedAndCostLittleEach() throws Exception {
		try (FakeServer server = new FakeServer()) {
			AgentSocketClient client = built(AgentSocketClient.builder(server.uri()));
			RemoteActions actions = new RemoteActions(client, (name) -> name, (action) -> true, Await.LONG);
			actions.read().subscribe();
			FakeServer.Connection connection = server.accept().welcomeNew();
			connection.answer(connection.invoke(), Map.of("actions", List.of(), "total", 0));
			Await.until(actions::isFresh);
			Bytes small = FakeServer.CBOR.encodeMap(Map.of("title", "t"));
			// Names for all, each time, would take minutes.
			announce(connection, "late", 12_800, 32, small);
			assertThat(actions.known()).hasSizeBetween(9_900, 10_000);
		}
	}

	/** Announces actions as fast as the client acknowledges them. */
	private static void announce(FakeServer.Connection connection, String name, int count, int batch, Bytes descriptor)
			throws Exception {
		for (int i = 0; i < count; i += batch) {
			Frame[] frames = new Frame[batch];
			for (int j = 0; j < batch; j++) {
				frames[j] = new Frame.Define(0, name + (i + j), Bytes.EMPTY, descriptor);
				connection.send(frames[j]);
			}
			connection.next(Frame.Ack.class);
		}
	}

}
