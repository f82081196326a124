package io.agentsocket.relay;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.ActionHints;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Limits;
import io.agentsocket.relay.answer.Answers;
import io.agentsocket.relay.answer.Payloads;
import io.agentsocket.relay.transport.AddressRules;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Requests that functions get, and that they do not get. Sections 2, 3 and 14 of
 * {@code docs/function-protocol.md}.
 */
class RequestTests {

	@Test
	void requestSaysWhoWantsWhat() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.json("{\"ok\":true}"))) {
			pod.add(pod.action("weather.current", ResultShape.VALUE))
				.connect((builder) -> builder.headers((headers) -> headers.set("X-Principal", "alice")));
			pod.client.invoke("weather.current")
				.arguments(Map.of("city", "Köln"))
				.idempotencyKey("k-1")
				.traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
				.toMono(Map.class)
				.block(RelayFixture.TIMEOUT);
			TestFunction.Call call = pod.function.calls.get(0);
			assertThat(call.line()).isEqualTo("POST /fn HTTP/1.1");
			assertThat(call.headers()).containsEntry("content-type", "application/json")
				.containsEntry("ce-specversion", "1.0")
				.containsEntry("ce-type", "io.agentsocket.invoke.v1")
				.containsEntry("ce-source", "/agentsocket/shop")
				.containsEntry("ce-id", call.headers().get("webhook-id"))
				.containsEntry("as-attempt", "1")
				.containsEntry("x-tenant", "acme")
				.containsKeys("traceparent", "as-timeout-ms", "accept", "content-length")
				.doesNotContainKeys("authorization", "accept-encoding");
			WebhookSignature signature = new WebhookSignature(List.of(RelayFixture.SECRET));
			assertThat(call.headers().get("webhook-signature"))
				.isEqualTo(signature.sign(call.headers().get("webhook-id"),
						Long.parseLong(call.headers().get("webhook-timestamp")), call.body()));
			Map<String, Object> body = call.json();
			assertThat(body).containsEntry("v", 1)
				.containsEntry("type", "invoke")
				.containsEntry("function", "shop")
				.containsEntry("action", "weather.current")
				.containsEntry("arguments", Map.of("city", "Köln"))
				.containsEntry("attempt", 1)
				.containsEntry("idempotencyKey", "k-1")
				.containsEntry("result", "value")
				.containsEntry("codec", "cbor")
				.containsEntry("principal", Map.of("name", "alice", "claims", Map.of()))
				.containsKeys("invocation", "timeoutMs", "limits")
				.doesNotContainKeys("state", "continuation", "answer");
			assertThat(((Map<?, ?>) body.get("session")).get("id")).isEqualTo(pod.client.sessionId());
		}
	}

	/** In CBOR both have a tag, and are bytes and a list behind it. */
	@Test
	void wideAndDecimalNumbersOfAnAgentAreNumbersInTheRequest() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.json("{\"ok\":true}"))) {
			pod.add(pod.action("pay", ResultShape.VALUE))
				.connect((builder) -> builder.headers((headers) -> headers.set("X-Principal", "alice")));
			pod.client.invoke("pay")
				.arguments(Map.of("amount", new BigDecimal("12.50"), "total", BigInteger.ONE.shiftLeft(71)))
				.toMono(Map.class)
				.block(RelayFixture.TIMEOUT);
			assertThat(pod.function.calls.get(0).json()).containsEntry("codec", "cbor")
				.extractingByKey("arguments")
				.isEqualTo(Map.of("amount", 12.5, "total", BigInteger.ONE.shiftLeft(71)));
		}
	}

	@Test
	void requestThatIsTooLargeIsNotSent() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.json("1"))) {
			pod.add(pod.action("act", ResultShape.VALUE)).connect();
			assertThatExceptionOfType(ActionException.class)
				.isThrownBy(() -> pod.client.invoke("act")
					.arguments(Map.of("text", "a".repeat(1_048_500)))
					.toMono(Integer.class)
					.block(RelayFixture.TIMEOUT))
				.satisfies((error) -> assertThat(error.errorCode()).isEqualTo(ErrorCode.TOO_LARGE))
				.satisfies((error) -> assertThat(error.hasMaybeRun()).isFalse());
			assertThat(pod.function.calls).isEmpty();
		}
	}

	/** Patch and result have one outcome. */
	@Test
	void patchIsNotCommittedWhenTheAgentDoesNotAcceptTheResult() throws IOException {
		Limits limits = Limits.CLIENT;
		String answer = "{\"result\":\"%s\",\"state\":{\"version\":0,\"set\":{\"cart\":1}}}";
		try (RelayFixture pod = new RelayFixture((call) -> call.envelope(answer.formatted("a".repeat(70_000))))) {
			pod.add(pod.action("act", ResultShape.VALUE, ActionHints.NONE, StateAccess.WRITE, "cart"))
				.connect((builder) -> builder.limits(new Limits(limits.message(), limits.frame(), 1 << 16,
						limits.assembly(), limits.streams(), limits.items(), limits.window(), limits.aliases(),
						limits.name(), limits.metadata(), limits.depth())));
			ActionException error = error(pod);
			assertThat(error).isNotNull();
			assertThat(error.errorCode()).isEqualTo(ErrorCode.TOO_LARGE);
			assertThat(pod.state()).isEqualTo(StateDocument.EMPTY);
			pod.function.behaviour = (call) -> call.envelope(answer.replace("\"%s\"", "1"));
			assertThat(error(pod)).isNull();
			assertThat(pod.state().values()).containsEntry("cart", 1);
		}
	}

	@Test
	void guardRefusesAndIsToldOfEachRequestOnce() throws IOException {
		List<CallGuard.Result> results = new CopyOnWriteArrayList<>();
		Queue<String> refusals = new ConcurrentLinkedQueue<>();
		CallGuard guard = new CallGuard() {

			@Override
			public @Nullable String tryEnter() {
				return refusals.poll();
			}

			@Override
			public void leave(Result result, long nanos) {
				results.add(result);
			}

		};
		try (RelayFixture pod = new RelayFixture((call) -> call.answer(500, null, new byte[0]))) {
			pod.relays.add(RelayFixture.settings("shop", pod.function.url(), RelayFixture.TIMES),
					List.of(pod.action("act", ResultShape.VALUE)), null, guard, (http) -> http);
			pod.connect();
			refusals.add("the circuit breaker is open");
			assertThat(error(pod).errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
			assertThat(results).isEmpty();
			assertThat(error(pod).errorCode()).isEqualTo(ErrorCode.INTERNAL);
			pod.function.behaviour = (call) -> call.answer(404, null, new byte[0]);
			assertThat(error(pod).errorCode()).isEqualTo(ErrorCode.NOT_FOUND);
			pod.function.behaviour = (call) -> call.json("1");
			assertThat(error(pod)).isNull();
			Await.until(() -> results.size() == 3);
			assertThat(results).containsExactly(CallGuard.Result.FAILED, CallGuard.Result.ANSWERED,
					CallGuard.Result.ANSWERED);
		}
	}

	@Test
	void requestThatCannotBeAssembledLeavesTheGuard() throws IOException {
		AtomicInteger open = new AtomicInteger();
		CallGuard guard = new CallGuard() {

			@Override
			public @Nullable String tryEnter() {
				open.incrementAndGet();
				return null;
			}

			@Override
			public void leave(Result result, long nanos) {
				open.decrementAndGet();
			}

		};
		try (RelayFixture pod = new RelayFixture((call) -> call.json("1"))) {
			FunctionSettings settings = new FunctionSettings("shop", pod.function.url(), List.of(),
					Map.of("x-tenant", "a\nb"), RelayFixture.TIMES, 50, 3, 1 << 20, false, true, List.of(),
					FunctionSettings.Upkeep.NONE);
			pod.relays.add(settings, List.of(pod.action("act", ResultShape.VALUE)), null, guard, (http) -> http);
			pod.connect();
			assertThat(error(pod)).isNotNull();
			Await.until(() -> open.get() == 0);
			assertThat(pod.function.calls).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "a\nb", "a b", "\u00e4", "a\u007f", "a\r\nhost: b" })
	void traceContextThatIsNoHeaderIsIgnored(String traceparent) throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.json("1"))) {
			pod.add(pod.action("act", ResultShape.VALUE)).connect();
			assertThat(
					pod.client.invoke("act").traceparent(traceparent).toMono(Integer.class).block(RelayFixture.TIMEOUT))
				.isEqualTo(1);
			assertThat(pod.function.calls.get(0).headers()).doesNotContainKey("traceparent");
		}
	}

	@Test
	void answerAnnouncesActionsOfItsOwnOriginOnly() throws IOException {
		try (RelayFixture pod = new RelayFixture(
				(call) -> announce(call, "more", ",\"url\":\"http://127.0.0.1:1/\""))) {
			pod.add(pod.action("act", ResultShape.VALUE)).connect();
			ActionException error = error(pod);
			assertThat(error).isNotNull();
			assertThat(error.errorCode()).isEqualTo(ErrorCode.INTERNAL);
			pod.function.behaviour = (call) -> announce(call, "more", "");
			assertThat(error(pod)).isNull();
		}
	}

	@Test
	void functionAnnouncesABoundedNumberOfActions() throws IOException {
		AtomicInteger count = new AtomicInteger();
		try (RelayFixture pod = new RelayFixture((call) -> announce(call, "more." + count.incrementAndGet(), ""))) {
			pod.add(pod.action("act", ResultShape.VALUE)).connect();
			for (int i = 0; i < 256; i++) {
				assertThat(error(pod)).isNull();
			}
			ActionException error = error(pod);
			assertThat(error).isNotNull();
			assertThat(error.errorCode()).isEqualTo(ErrorCode.INTERNAL);
			pod.function.behaviour = (call) -> announce(call, "more.1", "");
			assertThat(error(pod)).isNull();
		}
	}

	/** Answers with DEFINE and the value 1. */
	private static void announce(TestFunction.Call call, String name, String more) throws IOException {
		String descriptor = "{\"result\":\"value\"" + more + "}";
		String define = "\"" + (char) (2 + name.length() + descriptor.length()) + "\0" + (char) name.length() + name
				+ descriptor;
		call.answer(200, Answers.FRAMES, (define + "K\1\0011").getBytes(StandardCharsets.ISO_8859_1));
	}

	private static @Nullable ActionException error(RelayFixture pod) {
		try {
			pod.client.invoke("act").toMono(Integer.class).block(RelayFixture.TIMEOUT);
			return null;
		}
		catch (ActionException ex) {
			return ex;
		}
	}

	@Test
	void timesOfPodAndFunctionAreSeparate() throws IOException {
		Queue<String> heard = new ConcurrentLinkedQueue<>();
		RelayListener listener = new RelayListener() {

			@Override
			public void requested(String function, String action, String outcome, long nanos) {
				heard.add(function + " " + action + " " + outcome + " " + (nanos >= 200_000_000L));
			}

			@Override
			public void relayed(String function, String action, long nanos) {
				heard.add("pod " + (nanos > 0));
			}

		};
		try (RelayFixture pod = new RelayFixture((call) -> {
			java.util.concurrent.locks.LockSupport.parkNanos(250_000_000L);
			call.json("1");
		}, listener)) {
			pod.add(pod.action("act", ResultShape.VALUE)).connect();
			pod.client.invoke("act").toMono(Integer.class).block(RelayFixture.TIMEOUT);
			Await.until(() -> heard.size() == 2);
			assertThat(heard).containsExactlyInAnyOrder("shop act OK true", "pod true");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://169.254.169.254/latest", "http://[fe80::1]/", "http://[fd00:ec2::254]/",
			"http://100.100.100.200/", "http://168.63.129.16/", "http://metadata.google.internal/",
			"http://METADATA.google.internal./", "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/",
			"http://[2002:a9fe:a9fe::1]/", "http://[::169.254.169.254]/", "http://224.0.0.1/", "http://2852039166/",
			"http://localhost:8080/", "http://127.0.0.1:8080/", "http://127.9.9.9:8080/", "http://[::1]:8080/",
			"http://0.0.0.0:8080/" })
	void addressesOfPlatformAndPodAreForbidden(String url) throws IOException {
		AddressRules rules = new AddressRules(() -> Set.of(8080));
		boolean byName = url.contains("localhost");
		assertThat(rules.problem(URI.create(url)) != null).isEqualTo(!byName);
		try (RelayFixture pod = new RelayFixture((call) -> call.json("1"))) {
			RelayedAction there = pod.action("act", ResultShape.VALUE);
			RelayedAction action = new RelayedAction(there.descriptor(), StateAccess.NONE, Set.of(), null,
					URI.create(url));
			pod.relays.add(RelayFixture.settings("shop", pod.function.url(), RelayFixture.TIMES), List.of(action),
					rules, CallGuard.NONE, (http) -> http);
			pod.connect();
			ActionException error = error(pod);
			assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
			assertThat(error.hasMaybeRun()).isFalse();
		}
	}

	@Test
	void functionsOnLoopbackAreAllowedAtOtherPorts() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.json("1"))) {
			pod.relays.add(RelayFixture.settings("shop", pod.function.url(), RelayFixture.TIMES),
					List.of(pod.action("act", ResultShape.VALUE)), new AddressRules(() -> Set.of(8080)), CallGuard.NONE,
					(http) -> http);
			pod.connect();
			assertThat(error(pod)).isNull();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "9223372036854775807", "-9223372036854775808", "86401", "Fri, 31 Dec 9999 23:59:59 GMT" })
	void timeToBeLeftAloneIsBounded(String retryAfter) throws IOException {
		try (RelayFixture pod = new RelayFixture(
				(call) -> call.answer(503, null, new byte[0], "Retry-After: " + retryAfter))) {
			pod.add(pod.action("act", ResultShape.VALUE)).connect();
			ActionException error = error(pod);
			assertThat(error).isNotNull();
			assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
			assertThat(error.retryAfter()).contains(Duration.ofDays(retryAfter.startsWith("-") ? 0 : 1));
			pod.function.behaviour = (call) -> call.json("1");
			assertThat(error(pod)).isNull();
		}
	}

	/** Problem details have their say with every status of an error. */
	@ParameterizedTest
	@CsvSource({ "400, 300", "401, 13", "403, 300", "404, 300", "405, 13", "408, 14", "409, 10", "410, 13", "413, 36",
			"418, 13", "422, 300", "425, 14", "429, 8", "500, 300", "501, 12", "502, 14", "503, 14", "504, 14",
			"505, 13", "507, 13", "599, 13" })
	void problemDetailsAreToldWithEachStatus(int status, int code) throws IOException {
		String problem = "{\"detail\":\"No paper\",\"code\":300,\"correlation\":\"c-1\"," + "\"title\":\"x\"}";
		try (RelayFixture pod = new RelayFixture((call) -> call.answer(status, "application/problem+json",
				problem.getBytes(StandardCharsets.UTF_8), "Retry-After: 3600"))) {
			pod.add(pod.action("act", ResultShape.VALUE)).connect();
			ActionException error = error(pod);
			assertThat(error).isNotNull();
			assertThat(error.code()).isEqualTo(code);
			assertThat(error.text()).isEqualTo("No paper");
			assertThat(error.correlation()).isEqualTo("c-1");
		}
	}

	@ParameterizedTest
	@ValueSource(longs = { Long.MAX_VALUE, 1L << 53, 86_400_001 })
	void timesAreADayAtMost(long millis) {
		assertThat(Payloads.time(millis)).isEqualTo(Duration.ofDays(1));
		assertThat(Payloads.time(-millis)).isNull();
	}

	@ParameterizedTest
	@EnumSource(names = { "TEXT", "BYTES" })
	void piecesFitTheLimitOfItems(ResultShape shape) throws IOException {
		byte[] body = "\u20ac".repeat(50).getBytes(StandardCharsets.UTF_8);
		try (RelayFixture pod = new RelayFixture((call) -> call.answer(200, "text/plain", body))) {
			FunctionSettings settings = new FunctionSettings("shop", pod.function.url(), List.of(), Map.of(),
					RelayFixture.TIMES, 50, 3, 16, false, true, List.of(), FunctionSettings.Upkeep.NONE);
			pod.add(settings, pod.action("act", shape)).connect();
			if (shape == ResultShape.TEXT) {
				List<String> pieces = pod.client.invoke("act")
					.toFlux(String.class)
					.collectList()
					.block(RelayFixture.TIMEOUT);
				assertThat(pieces).hasSize(10);
				assertThat(String.join("", pieces)).isEqualTo("\u20ac".repeat(50));
			}
			else {
				List<byte[]> pieces = pod.client.invoke("act")
					.toFlux(byte[].class)
					.collectList()
					.block(RelayFixture.TIMEOUT);
				assertThat(pieces).hasSize(10).allMatch((piece) -> piece.length <= 16);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "whsec_", "whsec_AAAA", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
			"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" + "=!" })
	void secretsHaveOneForm(String secret) {
		assertThat(WebhookSignature.isSecret(secret)).isFalse();
	}

}
