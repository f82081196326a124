package io.agentsocket.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.ActionQuery;
import io.agentsocket.action.ResultShape;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.tcp.TcpServer;
import reactor.test.StepVerifier;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AgentSocketClient} against a real server.
 */
class AgentSocketClientTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final TestServer server = TestServer.with(
			Action.named("weather.current")
				.handler((exchange) -> Mono
					.fromSupplier(() -> new Weather(exchange.<Query>arguments(Query.class).city(), 21.5))),
			Action.named("llm.tokens")
				.result(ResultShape.TEXT)
				.handler((exchange) -> Flux.range(0, 256).map((i) -> "tok" + i + " ")),
			Action.named("numbers").result(ResultShape.ITEMS).handler((exchange) -> Flux.range(0, 2_000)),
			Action.named("never").handler((exchange) -> Mono.never()),
			Action.named("large").handler((exchange) -> Mono.fromSupplier(() -> "x".repeat(300_000))));

	@AfterEach
	void close() {
		this.server.close();
	}

	static Stream<Codec> codecs() {
		return Stream.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	private AgentSocketClient client(Codec codec) {
		return AgentSocketClient.builder(this.server.uri()).codec(codec).build();
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void invokesTypedActions(Codec codec) {
		AgentSocketClient client = client(codec);
		for (int i = 0; i < 100; i++) {
			StepVerifier
				.create(Await
					.ended(client.invoke("weather.current").arguments(new Query("Berlin")).toMono(Weather.class)))
				.expectNext(new Weather("Berlin", 21.5))
				.expectComplete()
				.verify(TIMEOUT);
		}
		Await.end(client.close());
	}

	@Test
	void thereIsNoLimitOnConnectionsToOneServer() {
		// The pool that HTTP clients share has 500 connections for a host.
		int count = 520;
		List<AgentSocketClient> clients = IntStream.range(0, count)
			.mapToObj((i) -> AgentSocketClient.builder(this.server.uri()).build())
			.toList();
		Await.end(Flux.fromIterable(clients).flatMap(AgentSocketClient::connect, 32).then());
		Await.end(Flux.fromIterable(clients).flatMap(AgentSocketClient::close, count).then());
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void streamsTextAndItems(Codec codec) {
		AgentSocketClient client = client(codec);
		String expected = IntStream.range(0, 256).mapToObj((i) -> "tok" + i + " ").collect(Collectors.joining());
		StepVerifier.create(Await.ended(client.invoke("llm.tokens").toFlux(String.class).collectList()))
			.assertNext((tokens) -> {
				assertThat(tokens).hasSize(256);
				assertThat(String.join("", tokens)).isEqualTo(expected);
			})
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(client.invoke("llm.tokens").toMono(String.class)))
			.expectNext(expected)
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(client.invoke("numbers").toFlux(Integer.class).limitRate(7).collectList()))
			.assertNext((numbers) -> assertThat(numbers).hasSize(2_000).isSorted())
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(client.invoke("large").toMono(String.class)))
			.assertNext((text) -> assertThat(text).hasSize(300_000))
			.expectComplete()
			.verify(TIMEOUT);
		Await.end(client.close());
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void discoversActionsAndSeesThemAppear(Codec codec) {
		AgentSocketClient client = client(codec);
		StepVerifier
			.create(Await.ended(client.actions().map((all) -> all.stream().map(ActionDescriptor::name).toList())))
			.expectNext(List.of("large", "llm.tokens", "never", "numbers", "weather.current"))
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier
			.create(Await.ended(client.find(ActionQuery.of("weather")).map((page) -> page.actions().get(0).name())))
			.expectNext("weather.current")
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(client.changes().take(1))
			.then(() -> this.server.catalog()
				.add(Action.named("news").description("New").handler((exchange) -> Mono.just(Map.of()))))
			.assertNext((change) -> {
				assertThat(change.name()).isEqualTo("news");
				assertThat(change.isAvailable()).isTrue();
			})
			.expectComplete()
			.verify(TIMEOUT);
		StepVerifier.create(Await.ended(client.invoke("nothing").toMono(Map.class)))
			.expectErrorSatisfies((error) -> assertThat(((ActionException) error).code()).isEqualTo(5))
			.verify(TIMEOUT);
		Await.end(client.close());
	}

	@Test
	void invocationsFailAtOnceWhenTheServerForbidsToConnect() {
		AgentSocketClient client = AgentSocketClient.builder(this.server.uri())
			.headers((headers) -> headers.setOrigin("http://evil.example"))
			.build();
		StepVerifier.create(Await.ended(client.invoke("never").toMono(String.class)))
			.expectErrorSatisfies((error) -> assertThat(((ActionException) error).code()).isEqualTo(14))
			.verify(TIMEOUT);
		assertThat(client.state()).isEqualTo(ConnectionState.REFUSED);
		StepVerifier.create(Await.ended(client.invoke("never").toMono(String.class)))
			.expectErrorSatisfies((error) -> assertThat(((ActionException) error).code()).isEqualTo(14))
			.verify(TIMEOUT);
		Await.end(client.close());
	}

	@Test
	void serverThatDoesNotAnswerTheUpgradeIsTriedAgain() {
		AtomicInteger attempts = new AtomicInteger();
		DisposableServer silent = TcpServer.create().host("127.0.0.1").port(0).handle((in, out) -> {
			attempts.incrementAndGet();
			return in.receive().then();
		}).bindNow(TIMEOUT);
		AgentSocketClient client = AgentSocketClient.builder("ws://127.0.0.1:" + silent.port() + "/agentsocket")
			.connectTimeout(Duration.ofMillis(200))
			.backoff(new Backoff(Duration.ofMillis(10), Duration.ofMillis(10)))
			.build();
		client.connect().subscribe(null, (error) -> {
		});
		Await.until(() -> attempts.get() > 1);
		Await.end(client.close());
		silent.disposeNow(TIMEOUT);
	}

	record Query(String city) {

	}

	record Weather(String city, double temperature) {

	}

}
