package io.agentsocket.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

import io.agentsocket.Await;
import io.agentsocket.TcpProxy;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The same conversation, with the connection cut at every byte of the transcript and the
 * session resumed in another pod: the outcome is that of the uncut one.
 */
class CutTests {

	private static final Duration TIMEOUT = Await.LONG;

	private final TestCluster cluster = new TestCluster(Durability.STRICT, 2, CutTests::actions);

	private static Action[] actions() {
		return new Action[] {
				Action.named("count")
					.hints(new ActionHints(true, false, false, false, false, null))
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.range(1, 10).delayElements(Duration.ofMillis(1))),
				Action.named("ask")
					.handler((exchange) -> exchange.invoke("agent.double")
						.arguments(Map.of("n", 21))
						.toMono(Integer.class)
						.doOnNext((answer) -> exchange.sendEvent("asked", answer))),
				Action.named("sum")
					.items(Map.of("type", "integer"))
					.handler((exchange) -> exchange.inbound(Integer.class).reduce(0, Integer::sum)) };
	}

	@AfterEach
	void stop() {
		this.cluster.close();
	}

	@Test
	void outcomeIsTheSameWhereverTheConnectionIsCut() throws IOException {
		String expected;
		long up;
		long down;
		try (TcpProxy proxy = proxy(Long.MAX_VALUE, Long.MAX_VALUE)) {
			expected = converse(proxy).block(TIMEOUT);
			up = proxy.up();
			down = proxy.down();
		}
		assertThat(expected).isEqualTo("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10] 42 42 55");
		// The transcripts differ by some bytes from run to run: beyond the end nothing is
		// cut.
		List<String> wrong = Flux.concat(
				Flux.fromStream(LongStream.rangeClosed(1, up).boxed()).flatMap((at) -> cut(at, true, expected), 8),
				Flux.fromStream(LongStream.rangeClosed(1, down).boxed()).flatMap((at) -> cut(at, false, expected), 8))
			.collectList()
			.block(Duration.ofMinutes(4));
		assertThat(wrong).isEmpty();
	}

	/** Empty when the outcome is as expected. */
	private Mono<String> cut(long at, boolean up, String expected) {
		return Mono
			.using(() -> proxy(up ? at : Long.MAX_VALUE, up ? Long.MAX_VALUE : at),
					(proxy) -> converse(proxy).timeout(TIMEOUT), CutTests::close)
			.onErrorResume((error) -> Mono.just(error.toString()))
			.filter((outcome) -> !outcome.equals(expected))
			.map((outcome) -> (up ? "up " : "down ") + at + ": " + outcome)
			.subscribeOn(Schedulers.boundedElastic());
	}

	private TcpProxy proxy(long up, long down) throws IOException {
		return new TcpProxy(this.cluster.pod(0).port(), this.cluster.pod(1).port()).cutting(up, down);
	}

	private static void close(TcpProxy proxy) {
		try {
			proxy.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** A client that is not closed would call at the port of another test for ever. */
	private static Mono<String> converse(TcpProxy proxy) {
		return Mono.usingWhen(Mono.fromSupplier(() -> client(proxy)), CutTests::converse, AgentSocketClient::close);
	}

	private static AgentSocketClient client(TcpProxy proxy) {
		return AgentSocketClient.builder(proxy.uri())
			.backoff(new Backoff(Duration.ofMillis(1), Duration.ofMillis(5)))
			.offer("agent.double", Number.class, (number) -> Mono.just(2 * number.n()))
			.build();
	}

	private static Mono<String> converse(AgentSocketClient client) {
		Mono<Integer> event = client.events("asked", Integer.class).next().cache();
		event.subscribe();
		return Mono.zip(client.invoke("count").toFlux(Integer.class).collectList(),
				client.invoke("ask").toMono(Integer.class), event,
				client.invoke("sum").items(Flux.fromStream(IntStream.rangeClosed(1, 10).boxed())).toMono(Integer.class))
			.map((all) -> all.getT1() + " " + all.getT2() + " " + all.getT3() + " " + all.getT4());
	}

	record Number(int n) {

	}

}
