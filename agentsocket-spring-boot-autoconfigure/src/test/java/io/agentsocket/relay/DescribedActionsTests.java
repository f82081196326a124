package io.agentsocket.relay;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.relay.transport.AddressRules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Descriptions of functions, good and bad: each bad action is left out, the others stay,
 * and none leads to where it must not. Section 11 of {@code docs/function-protocol.md}.
 */
class DescribedActionsTests {

	private static final String GOOD = "{\"name\":\"good\",\"result\":\"value\"}";

	private static RelayFixture pod(String description, List<URI> allowed) throws IOException {
		return pod((call) -> call.json(description), allowed);
	}

	private static RelayFixture pod(TestFunction.Behaviour describe, List<URI> allowed) throws IOException {
		RelayFixture pod = new RelayFixture((call) -> {
			if ("describe".equals(call.json().get("type"))) {
				describe.answer(call);
			}
			else {
				call.json("1");
			}
		});
		pod.server.catalog().add(Action.named("pay").handler((exchange) -> Mono.just("paid")));
		FunctionSettings settings = new FunctionSettings("shop", pod.function.url(), List.of(RelayFixture.SECRET),
				Map.of(), RelayFixture.TIMES, 50, 3, 1 << 20, false, false, List.of(), new FunctionSettings.Upkeep(true,
						Duration.ofMinutes(5), allowed, false, 1, FunctionSettings.Instances.UNKNOWN));
		pod.relays.add(settings, List.of(), new AddressRules(() -> java.util.Set.of(8080)), CallGuard.NONE,
				UnaryOperator.identity());
		pod.relays.start();
		return pod;
	}

	private static String actions(String more) {
		return "{\"actions\":[" + more + "," + GOOD + "]}";
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"name\":\"bad\",\"url\":\"http://169.254.169.254/latest/meta-data\"}",
			"{\"name\":\"bad\",\"url\":\"http://127.0.0.1:1/\"}", "{\"name\":\"bad\",\"url\":\"https://127.0.0.1/fn\"}",
			"{\"name\":\"bad\",\"url\":\"//169.254.169.254/\"}", "{\"name\":\"bad\",\"url\":\"file:///etc/passwd\"}",
			"{\"name\":\"bad\",\"url\":\"http:x\"}", "{\"name\":\"bad\",\"url\":7}",
			"{\"name\":\"bad\",\"url\":\"http://a b/\"}", "{\"name\":\"bad\",\"state\":\"all\"}",
			"{\"name\":\"bad\",\"keys\":[\"a b\"]}", "{\"name\":\"bad\",\"keys\":[7]}",
			"{\"name\":\"bad\",\"items\":{\"type\":\"integer\"}}", "{\"name\":7}", "{\"name\":\"bad name\"}",
			"{\"name\":\"\"}", "{\"name\":\"as.find\"}", "{}", "7", "null", "{\"name\":\"pay\"}",
			"{\"name\":\"bad\",\"tags\":7,\"url\":\"/\\u0000\"}" })
	void badActionIsLeftOutAndTheOthersStay(String bad) throws IOException {
		try (RelayFixture pod = pod(actions(bad), List.of())) {
			Await.until(() -> pod.server.catalog().find("good") != null);
			assertThat(pod.server.catalog().actions()).extracting(Action::name)
				.containsExactlyInAnyOrder("pay", "good");
			pod.connect();
			assertThat(pod.client.invoke("pay").toMono(String.class).block(RelayFixture.TIMEOUT)).isEqualTo("paid");
			assertThat(pod.client.invoke("good").toMono(Integer.class).block(RelayFixture.TIMEOUT)).isEqualTo(1);
		}
	}

	/**
	 * An origin that the configuration allows is still no way to an address of the
	 * platform.
	 */
	@Test
	void allowedOriginThatIsForbiddenIsNotReached() throws IOException {
		URI metadata = URI.create("http://169.254.169.254");
		try (RelayFixture pod = pod(actions("{\"name\":\"bad\",\"url\":\"http://169.254.169.254/latest\"}"),
				List.of(metadata))) {
			Await.until(() -> pod.server.catalog().find("bad") != null);
			pod.connect();
			ActionException error = null;
			try {
				pod.client.invoke("bad").toMono(Integer.class).block(RelayFixture.TIMEOUT);
			}
			catch (ActionException ex) {
				error = ex;
			}
			assertThat(error).isNotNull();
			assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE);
			assertThat(error.hasMaybeRun()).isFalse();
		}
	}

	/**
	 * The description of a redirect, an error page, or without an end changes nothing.
	 */
	@ParameterizedTest
	@ValueSource(strings = { "HTTP/1.1 302 X\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 200 X\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
			"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]",
			"HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
			"HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n" })
	void functionThatDoesNotDescribeItselfHasNoActions(String answer) throws IOException {
		try (RelayFixture pod = pod((call) -> call.raw(answer), List.of())) {
			Await.until(() -> pod.function.calls.size() == 1);
			pod.connect();
			assertThat(pod.client.invoke("pay").toMono(String.class).block(RelayFixture.TIMEOUT)).isEqualTo("paid");
			assertThat(pod.server.catalog().actions()).extracting(Action::name).containsExactly("pay");
			assertThat(pod.function.calls).hasSize(1);
		}
	}

	@Test
	void descriptionWithoutEndIsGivenUp() throws IOException {
		try (RelayFixture pod = pod((call) -> {
			call.stream("application/json").chunk("{\"actions\":[\"".getBytes(java.nio.charset.StandardCharsets.UTF_8));
			byte[] more = new byte[65_536];
			java.util.Arrays.fill(more, (byte) 'a');
			while (true) {
				call.chunk(more);
			}
		}, List.of())) {
			Await.until(() -> pod.function.calls.size() == 1);
			Await.until(() -> pod.function.connections() == 0);
			assertThat(pod.server.catalog().actions()).extracting(Action::name).containsExactly("pay");
		}
	}

	@Test
	void noMoreThan256ActionsAreTaken() throws IOException {
		StringBuilder many = new StringBuilder();
		for (int i = 0; i < 300; i++) {
			many.append("{\"name\":\"a").append(i).append("\"},");
		}
		try (RelayFixture pod = pod("{\"actions\":[" + many + "{\"name\":\"a0\"}]}", List.of())) {
			Await.until(() -> pod.server.catalog().find("a255") != null);
			Await.until(() -> pod.function.calls.size() == 1);
			assertThat(pod.server.catalog().find("a256")).isNull();
		}
	}

}
