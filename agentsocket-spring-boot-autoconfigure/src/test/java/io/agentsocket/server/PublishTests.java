package io.agentsocket.server;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Events that one pod publishes, for subscribers of all pods.
 */
class PublishTests {

	private static final byte[] DATA = { 0, -1, 127 };

	private final TestCluster cluster = new TestCluster(Durability.STRICT, 2, () -> new Action[0]);

	private final List<AgentSocketClient> agents = new CopyOnWriteArrayList<>();

	@AfterEach
	void stop() {
		Flux.fromIterable(this.agents).flatMap(AgentSocketClient::close).blockLast(Await.LONG);
		this.cluster.close();
	}

	/** Payloads that an agent of a pod receives. */
	@SuppressWarnings("rawtypes")
	private List<Map> subscribe(int pod, Codec codec) {
		AgentSocketClient agent = AgentSocketClient.builder(this.cluster.pod(pod).testServer().uri())
			.codec(codec)
			.build();
		this.agents.add(agent);
		List<Map> received = new CopyOnWriteArrayList<>();
		agent.events("news", Map.class).subscribe(received::add);
		Await.until(() -> this.cluster.pod(pod)
			.peers()
			.stream()
			.anyMatch((session) -> session.state().id().equals(agent.sessionId())
					&& session.subscriptions().contains("news")));
		return received;
	}

	@Test
	@SuppressWarnings("rawtypes")
	void subscribersOfEveryPodGetThePayloadInTheirCodec() {
		List<Map> here = subscribe(0, JacksonCodec.cbor());
		List<Map> hereJson = subscribe(0, JacksonCodec.json());
		List<Map> there = subscribe(1, JacksonCodec.cbor());
		List<Map> thereJson = subscribe(1, JacksonCodec.json());
		AgentSocketOperations operations = new AgentSocketOperations(this.cluster.pod(0).server());
		assertThat(operations.publish("other", Map.of("data", DATA))).isZero();
		assertThat(operations.publish("news", Map.of("data", DATA))).isEqualTo(2);
		for (List<Map> received : List.of(here, there)) {
			Await.until(() -> !received.isEmpty());
			assertThat(received).singleElement().extracting((map) -> map.get("data")).isEqualTo(DATA);
		}
		for (List<Map> received : List.of(hereJson, thereJson)) {
			Await.until(() -> !received.isEmpty());
			assertThat(received).singleElement().extracting((map) -> map.get("data")).isEqualTo("AP9/");
		}
	}

}
