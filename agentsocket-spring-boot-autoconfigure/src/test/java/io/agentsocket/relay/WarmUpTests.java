package io.agentsocket.relay;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

import io.agentsocket.Await;
import io.agentsocket.action.ResultShape;
import io.agentsocket.observation.RelayMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Calls find warm instances and open connections. Section 12 of
 * {@code docs/function-protocol.md}.
 */
class WarmUpTests {

	private static FunctionSettings settings(TestFunction function, int minConnections, int perInstance) {
		return new FunctionSettings("shop", function.url(), List.of(), Map.of(), RelayFixture.TIMES, 50, 3, 1 << 20,
				false, true, List.of(),
				new FunctionSettings.Upkeep(false, Duration.ofMinutes(5), List.of(), true, minConnections,
						new FunctionSettings.Instances(perInstance, Duration.ofMillis(1), Duration.ofMinutes(5))));
	}

	private static Object type(TestFunction.Call call) {
		return call.json().get("type");
	}

	@Test
	void connectionsAreOpenedTogetherWithTheFirstOne() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.answer(204, null, new byte[0]))) {
			pod.add(settings(pod.function, 3, 0), pod.action("act", ResultShape.VALUE)).connect();
			pod.relays.start();
			Await.until(() -> pod.function.connections() == 3 && !pod.function.calls.isEmpty());
			assertThat(pod.function.calls).hasSize(1).allMatch((call) -> "warm".equals(type(call)));
			pod.client.invoke("act").toMono(Object.class).block(RelayFixture.TIMEOUT);
			pod.client.invoke("act").toMono(Object.class).block(RelayFixture.TIMEOUT);
			assertThat(pod.function.connections()).isEqualTo(3);
		}
	}

	@Test
	void agentThatConnectsWarmsUpTheFunctionOnceInAWhile() throws IOException {
		try (RelayFixture pod = new RelayFixture((call) -> call.answer(204, null, new byte[0]))) {
			pod.add(settings(pod.function, 1, 0), pod.action("act", ResultShape.VALUE)).connect();
			for (int i = 0; i < 20; i++) {
				pod.relays.connected();
			}
			pod.client.invoke("act").toMono(Object.class).block(RelayFixture.TIMEOUT);
			Await
				.untilAsserted(() -> assertThat(pod.function.calls.stream().filter((call) -> "warm".equals(type(call))))
					.hasSize(1));
		}
	}

	/** The function has one instance, which is busy; another one takes long to start. */
	@Test
	void callTakesTheInstanceThatIsFreeFirst() throws IOException {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		CountDownLatch first = new CountDownLatch(1);
		CountDownLatch start = new CountDownLatch(1);
		Map<String, Boolean> came = new ConcurrentHashMap<>();
		TestFunction.Behaviour behaviour = (call) -> {
			if ("warm".equals(type(call))) {
				came.put("warm", true);
				start.await();
				call.answer(204, null, new byte[0]);
				return;
			}
			String name = (String) ((Map<?, ?>) call.json().get("arguments")).get("name");
			came.put(name, true);
			if (name.equals("first")) {
				first.await();
			}
			call.json("\"" + name + "\"");
		};
		try (RelayFixture pod = new RelayFixture(behaviour, new RelayMeters(registry))) {
			pod.add(settings(pod.function, 1, 1), pod.action("act", ResultShape.VALUE)).connect();
			Mono<String> one = call(pod, "first");
			Await.until(() -> came.containsKey("first"));
			Mono<String> two = call(pod, "second");
			Await.until("another instance is being started", () -> came.containsKey("warm"));
			assertThat(came).doesNotContainKey("second");
			first.countDown();
			assertThat(two.block(RelayFixture.TIMEOUT)).isEqualTo("second");
			assertThat(one.block(RelayFixture.TIMEOUT)).isEqualTo("first");
			assertThat(registry.get("agentsocket.function.wait").tag("instance", "warm").timer().count()).isEqualTo(1);
			start.countDown();
			Await.until(() -> registry.find("agentsocket.function.warm")
				.tags("reason", "wait", "outcome", "OK", "function", "shop")
				.timer() != null);
		}
	}

	private static Mono<String> call(RelayFixture pod, String name) {
		Mono<String> result = pod.client.invoke("act").arguments(Map.of("name", name)).toMono(String.class).cache();
		result.subscribe();
		return result;
	}

}
