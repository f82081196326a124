package com.example.benchmark.functions;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import com.example.benchmark.Replies;
import com.example.benchmark.Server;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.WeatherRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.netty.http.client.HttpClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The function does the same work for all, and the simulated platform does what platforms
 * do.
 */
class FunctionsTests {

	@ParameterizedTest
	@ValueSource(strings = { "direct", "relay", "proxy" })
	void functionAnswersCallsAndStreamsTokens(String kind) throws Exception {
		try (Server function = new FunctionServer(); Server gateway = switch (kind) {
			case "relay" -> Gateways.relay(function.port());
			case "proxy" -> Gateways.proxy(function.port());
			default -> new FunctionServer();
		};
				StreamingConnection client = kind.equals("relay") ? new RelayedConnection(gateway.port())
						: new PlainConnection(gateway.port())) {
			Replies.await((reply) -> client.call(WeatherRequest.BERLIN, reply));
			Replies.await((reply) -> client.tokens(new TokensRequest(TokensRequest.TOKENS), reply));
			List<String> times = new CopyOnWriteArrayList<>();
			long begin = System.nanoTime();
			Replies.await((reply) -> client.paced(5, 1000, times::add, reply));
			assertThat(times).hasSize(5).allMatch((time) -> Long.parseLong(time) > begin).isSorted();
			client.stall();
		}
	}

	@Test
	void platformStartsAnInstanceForARequestThatFindsNoneFree() {
		try (SimulatedPlatform platform = new SimulatedPlatform(1)) {
			HttpClient client = HttpClient.create().baseUrl("http://127.0.0.1:" + platform.port());
			List<String> first = post(client, 2);
			assertThat(first).containsExactly("true", "true");
			assertThat(platform.counts()).startsWith("2,0,0,");
			if (platform.counts().startsWith("2,0,0,0,")) {
				assertThat(post(client, 1)).containsExactly("false");
			}
		}
	}

	private static List<String> post(HttpClient client, int count) {
		return Flux.range(0, count)
			.flatMap((i) -> client.post().responseContent().aggregate().asString())
			.collectList()
			.block();
	}

}
