package io.agentsocket.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.Await;
import io.agentsocket.codec.Welcome;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Frame;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * The server is told of a client's subscriptions, which end with the client.
 */
class EventSubscriptionTests {

	private static final Duration TIMEOUT = Await.LONG;

	/** A server that was busy is told again after a second, plus half of it at most. */
	private static final Duration AGAIN = Duration.ofMillis(1800);

	private final FakeServer server = new FakeServer();

	private final List<Object> signals = new CopyOnWriteArrayList<>();

	private AgentSocketClient client;

	@AfterEach
	void stop() {
		Await.end(this.client.close());
		this.server.close();
	}

	private FakeServer.Connection connect(Duration maxWait) throws InterruptedException {
		this.client = AgentSocketClient.builder(this.server.uri())
			.backoff(new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)))
			.maxWait(maxWait)
			.connectTimeout(TIMEOUT)
			.closeTimeout(Duration.ofMillis(100))
			.build();
		// May wait for too long on a busy machine; the connection comes all the same.
		this.client.connect().subscribe(null, (error) -> {
		});
		FakeServer.Connection connection = this.server.accept().welcomeNew();
		Await.until(() -> this.client.state() == ConnectionState.CONNECTED);
		return connection;
	}

	private static Map<String, Object> arguments(Frame.Invoke call) {
		assertThat(call.ref()).isEqualTo(Frame.Ref.alias(5));
		return FakeServer.CBOR.decodeMap(call.arguments());
	}

	private static void busy(FakeServer.Connection connection, Frame.Invoke call) {
		connection.send(new Frame.Error(call.streamId(), ErrorCode.RESOURCE_EXHAUSTED.code(), true, false, Bytes.EMPTY,
				"Too many invocations a second"));
	}

	/** Waits until calls that are made now have waited for a connection for too long. */
	private void awaitTooLong() {
		Throwable late = catchThrowable(() -> this.client.invoke("a").toMono(String.class).block(TIMEOUT));
		assertThat(late).isInstanceOfSatisfying(ActionException.class,
				(error) -> assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE));
	}

	@Test
	void subscriptionOfALongOutageIsToldWithTheNextConnection() throws InterruptedException {
		FakeServer.Connection first = connect(Duration.ofMillis(100));
		first.cut();
		FakeServer.Connection second = this.server.accept();
		this.client.events("news", String.class).subscribe(this.signals::add);
		awaitTooLong();
		second.hello();
		second.welcome(Welcome.Status.RESUMED, "s1", "l1", 0, 1);
		Frame.Invoke call = second.invoke();
		assertThat(arguments(call)).isEqualTo(Map.of("add", List.of("news")));
		second.answer(call, Map.of("events", List.of("news")));
		second.send(new Frame.Event(Frame.Ref.name("news"), Bytes.EMPTY, FakeServer.CBOR.encode("text")));
		Await.until(() -> this.signals.equals(List.of("text")));
	}

	@Test
	void serverThatIsBusyIsToldAgain() throws InterruptedException {
		FakeServer.Connection connection = connect(TIMEOUT);
		this.client.events("news", String.class).subscribe();
		busy(connection, connection.invoke());
		assertThat(arguments(connection.invoke())).isEqualTo(Map.of("add", List.of("news")));
	}

	@Test
	void whatNobodyWantsAnyMoreIsNotToldToAServerThatWasBusy() throws InterruptedException {
		FakeServer.Connection connection = connect(TIMEOUT);
		Disposable subscription = this.client.events("news", String.class).subscribe();
		busy(connection, connection.invoke());
		subscription.dispose();
		Frame.Invoke call = connection.invoke();
		while (arguments(call).containsKey("add")) {
			// The machine stood still, and it was told again before nobody wanted it.
			busy(connection, call);
			call = connection.invoke();
		}
		assertThat(arguments(call)).isEqualTo(Map.of("remove", List.of("news")));
		Await.pass(AGAIN, "The subscription must not be told again");
		this.client.events("sports", String.class).subscribe();
		assertThat(arguments(connection.invoke())).isEqualTo(Map.of("add", List.of("sports")));
	}

	@Test
	void newestCallDecidesWhatTheServerKnows() throws InterruptedException {
		FakeServer.Connection connection = connect(TIMEOUT);
		Disposable subscription = this.client.events("news", String.class).subscribe();
		Frame.Invoke first = connection.invoke();
		subscription.dispose();
		connection.answer(connection.invoke(), Map.of("events", List.of()));
		subscription = this.client.events("news", String.class).subscribe();
		connection.answer(connection.invoke(), Map.of("events", List.of("news")));
		connection.send(new Frame.Error(first.streamId(), ErrorCode.INTERNAL.code(), false, false, Bytes.EMPTY, ""));
		Await.until(() -> this.client.report().invoked() == 0);
		subscription.dispose();
		assertThat(arguments(connection.invoke())).isEqualTo(Map.of("remove", List.of("news")));
	}

	@Test
	void endOfASubscriptionInALongOutageIsToldWithTheNextConnection() throws InterruptedException {
		FakeServer.Connection first = connect(Duration.ofMillis(100));
		Disposable subscription = this.client.events("news", String.class).subscribe();
		Frame.Invoke call = first.invoke();
		first.answer(call, Map.of("events", List.of("news")));
		first.send(new Frame.Ack(1, 1, true));
		Await.until(() -> this.client.report().invoked() == 0);
		first.cut();
		FakeServer.Connection second = this.server.accept();
		subscription.dispose();
		awaitTooLong();
		second.hello();
		second.welcome(Welcome.Status.RESUMED, "s1", "l1", 1, 2);
		assertThat(arguments(second.invoke())).isEqualTo(Map.of("remove", List.of("news")));
	}

	@Test
	void moreNamesThanAServerTakesLeaveTheOthersTheirEvents() throws InterruptedException {
		this.client = AgentSocketClient.builder(this.server.uri())
			.connectTimeout(TIMEOUT)
			.closeTimeout(Duration.ofMillis(100))
			.build();
		Map<String, Disposable> subscriptions = new LinkedHashMap<>();
		for (int i = 0; i < 300; i++) {
			subscriptions.put("e" + i, this.client.events("e" + i, String.class).subscribe());
		}
		FakeServer.Connection connection = this.server.accept().welcomeNew();
		Frame.Invoke call = connection.invoke();
		List<String> names = List.copyOf(subscriptions.keySet());
		assertThat(arguments(call)).isEqualTo(Map.of("add", names.subList(0, 256)));
		connection.answer(call, Map.of("events", names.subList(0, 256)));
		subscriptions.get("e7").dispose();
		call = connection.invoke();
		assertThat(arguments(call)).isEqualTo(Map.of("add", List.of("e256"), "remove", List.of("e7")));
		connection.answer(call, Map.of("events", List.of()));
		Await.until(() -> this.client.report().invoked() == 0);
		subscriptions.put("e7", this.client.events("e7", String.class).subscribe());
		connection.cut();
		FakeServer.Connection anew = this.server.accept();
		anew.hello();
		anew.welcome(Welcome.Status.RESET, "s2", "l2", 0, 1);
		List<String> now = new ArrayList<>(names);
		now.remove("e7");
		assertThat(arguments(anew.invoke())).isEqualTo(Map.of("add", now.subList(0, 256)));
	}

	@Test
	void moreEndsThanAListTakesAreToldInSeveral() throws InterruptedException {
		// No call of the 344 below may be given up before the last one is made.
		FakeServer.Connection first = connect(Duration.ofSeconds(5));
		List<Disposable> subscriptions = new ArrayList<>();
		for (int i = 0; i < 256; i++) {
			subscriptions.add(this.client.events("e" + i, String.class).subscribe());
			Frame.Invoke call = first.invoke();
			first.answer(call, Map.of("events", List.of()));
		}
		first.send(new Frame.Ack(256, 256, true));
		Await.until(() -> this.client.report().invoked() == 0);
		first.cut();
		FakeServer.Connection second = this.server.accept();
		for (int i = 256; i < 300; i++) {
			subscriptions.add(this.client.events("e" + i, String.class).subscribe());
		}
		subscriptions.forEach(Disposable::dispose);
		awaitTooLong();
		second.hello();
		second.welcome(Welcome.Status.RESUMED, "s1", "l1", 256, 257);
		assertThat((List<?>) arguments(second.invoke()).get("remove")).hasSize(256);
		assertThat((List<?>) arguments(second.invoke()).get("remove")).hasSize(44);
	}

	@Test
	void nameThatIsNoneIsToldToNoServer() throws InterruptedException {
		connect(TIMEOUT);
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.events("x".repeat(129), String.class));
	}

	@Test
	void eventOfAClosedClientIsRefused() throws InterruptedException {
		connect(TIMEOUT);
		this.client.close().block(TIMEOUT);
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> this.client.sendEvent("news", "text"))
			.satisfies((error) -> assertThat(error.errorCode()).isEqualTo(ErrorCode.CANCELLED));
		assertThatIllegalArgumentException().isThrownBy(() -> this.client.sendEvent("no name", "text"));
	}

	@Test
	void streamsOfTheClientEndWithIt() throws InterruptedException {
		connect(TIMEOUT);
		Mono<Void> events = this.client.events("news", String.class).then().cache();
		Mono<Void> changes = this.client.changes().then().cache();
		events.subscribe();
		changes.subscribe();
		this.client.close().block(TIMEOUT);
		events.block(TIMEOUT);
		changes.block(TIMEOUT);
		this.client.events("news", String.class).then().block(TIMEOUT);
		this.client.changes().then().block(TIMEOUT);
	}

}
