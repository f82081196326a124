package com.example.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import com.example.benchmark.functions.FunctionServer;
import com.example.benchmark.functions.Gateways;
import com.example.benchmark.functions.RelayedConnection;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The bytes between a pod and a function are those that {@code docs/scaling.md} names.
 */
class RelayBytesTests {

	private static final int CALLS = 20;

	private static final int TOKENS = 100;

	/** Time between two tokens that come alone. */
	private static final int MICROS = 5000;

	private static final Pattern DOCUMENTED = Pattern
		.compile("an HTTP request and its answer, ([\\d,]+)[^\\n]*\\n[^\\n]*and its text over HTTP with (\\d+) bytes");

	@Test
	void pageNamesTheBytesOfCallsAndTokens() throws Exception {
		MatchResult documented = documented();
		try (Server function = new FunctionServer();
				CountingProxy proxy = new CountingProxy(function.port());
				Server pod = Gateways.relay(proxy.port());
				RelayedConnection agent = new RelayedConnection(pod.port())) {
			call(agent);
			long before = proxy.bytes();
			for (int i = 0; i < CALLS; i++) {
				call(agent);
			}
			double bytes = (proxy.bytes() - before) / (double) CALLS;
			System.out.printf(Locale.ROOT, "%.0f bytes between pod and function for a call%n", bytes);
			before = proxy.bytes();
			int[] texts = new int[1];
			Replies.await((reply) -> agent.paced(TOKENS, MICROS, (token) -> texts[0] += token.length(), reply));
			double token = (proxy.bytes() - before - bytes - texts[0]) / TOKENS;
			System.out.printf(Locale.ROOT, "%.1f bytes around the text of a token%n", token);
			assertThat(bytes).isCloseTo(number(documented.group(1)), Percentage.withPercentage(3));
			assertThat(token).isCloseTo(number(documented.group(2)), Percentage.withPercentage(15));
		}
	}

	private static MatchResult documented() throws IOException {
		String page = Files.readString(Path.of("../../docs/scaling.md"));
		return DOCUMENTED.matcher(page).results().findFirst().orElseThrow();
	}

	private static double number(String text) {
		return Double.parseDouble(text.replace(",", ""));
	}

	private static void call(RelayedConnection agent) throws Exception {
		Replies.await((reply) -> agent.call(WeatherRequest.BERLIN, reply));
	}

}
