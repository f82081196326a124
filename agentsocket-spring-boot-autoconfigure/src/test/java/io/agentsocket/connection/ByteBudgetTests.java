package io.agentsocket.connection;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import io.agentsocket.protocol.Traffic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Bytes of an invocation on the wire, headers and masks of WebSocket included.
 */
class ByteBudgetTests {

	private final Pair pair = new Pair().connect();

	@AfterEach
	void nothingIsLeft() {
		this.pair.assertClean();
	}

	@Test
	void valueCosts38BytesAtFirstAnd23And16FromThenOn() {
		this.pair.serverActions.value("weather.current", (exchange) -> Mono.just(Map.of("temp", 21.5)));
		Mono<Object> call = this.pair.client.invoke("weather.current")
			.arguments(Map.of("city", "Berlin"))
			.toMono(Object.class);
		this.pair.settle();
		call.subscribe();
		this.pair.settle();
		assertThat(this.pair.clientSide.takeWireBytes()).isEqualTo(38);
		// DEFINE with the name, and the result.
		assertThat(this.pair.serverSide.takeWireBytes()).isEqualTo(16 + 19);
		Traffic before = this.pair.client.traffic();
		call.subscribe();
		this.pair.settle();
		assertThat(this.pair.clientSide.takeWireBytes()).isEqualTo(23);
		assertThat(this.pair.serverSide.takeWireBytes()).isEqualTo(16);
		assertThat(this.pair.client.traffic().since(before)).isEqualTo(new Traffic(1, 23, 1, 16));
	}

	@Test
	void twentyTokensOf99BytesCost179BytesOneByOneAnd115InFives() {
		List<String> tokens = new ArrayList<>(Collections.nCopies(19, "token"));
		tokens.add("last");
		assertThat(String.join("", tokens).getBytes(StandardCharsets.UTF_8)).hasSize(99);
		Sinks.Many<String> model = Sinks.many().unicast().onBackpressureBuffer();
		this.pair.serverActions.text("chat", (exchange) -> model.asFlux());
		List<String> received = new ArrayList<>();
		this.pair.settle();
		this.pair.client.invoke("chat").toFlux(String.class).subscribe(received::add);
		this.pair.settle();
		this.pair.serverSide.takeWireBytes();
		for (int i = 0; i < 20; i++) {
			String token = tokens.get(i);
			boolean last = i == 19;
			// The end is known when the last token is sent.
			this.pair.server.execute(() -> {
				model.tryEmitNext(token);
				if (last) {
					model.tryEmitComplete();
				}
			});
			this.pair.settle();
		}
		assertThat(received).isEqualTo(tokens);
		assertThat(this.pair.serverSide.takeWireBytes()).isEqualTo(179);
		this.pair.serverActions.text("chat5",
				(exchange) -> Flux.fromIterable(tokens).buffer(5).map((five) -> String.join("", five)));
		this.pair.client.invoke("chat5").toFlux(String.class).subscribe();
		this.pair.settle();
		// DEFINE takes 1 + 1 + 1 + 1 + 5, and all is in one message.
		assertThat(this.pair.serverSide.takeWireBytes()).isLessThanOrEqualTo(115 + 9);
	}

	@Test
	void endOfAStreamThatEndsAtOnceCostsNothing() {
		this.pair.serverActions.text("abc", (exchange) -> Flux.just("a", "b", "c"));
		this.pair.settle();
		this.pair.client.invoke("abc").toFlux(String.class).subscribe();
		this.pair.settle();
		// DEFINE (2 + 1 + 1 + 3), three frames of (type, id, length, 1) in one message,
		// without a length on the last one.
		assertThat(this.pair.serverSide.takeWireBytes()).isEqualTo(2 + 7 + 4 + 4 + 3);
	}

	@Test
	void signOfLifeCosts5And9Bytes() {
		this.pair.settle();
		this.pair.advance(Duration.ofSeconds(26));
		assertThat(this.pair.serverSide.takeWireBytes()).isEqualTo(5);
		assertThat(this.pair.clientSide.takeWireBytes()).isEqualTo(9);
	}

}
