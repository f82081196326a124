package io.agentsocket.relay;

import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.agentsocket.Await;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.TestCluster;
import io.agentsocket.session.Durability;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Pushes that come to another pod than that of the session or of the invocation. Section
 * 10 of {@code docs/function-protocol.md}.
 */
class ClusterPushTests {

	private RelayCluster pods;

	private final Queue<Object> items = new ConcurrentLinkedQueue<>();

	@BeforeEach
	void start() throws IOException {
		this.pods = new RelayCluster(Durability.RELAXED, 3, (call) -> {
			if ("report".equals(call.json().get("action"))) {
				call.answer(202, null, new byte[0]);
			}
			else {
				call.json("\"next\"");
			}
		}, (function) -> List.of(new RelayedAction(ActionDescriptor.from(Map.of("name", "report", "result", "items")),
				StateAccess.NONE, Set.of(), null, function.url())));
		this.pods.connect((builder) -> builder);
		this.pods.client.invoke("report").toFlux(Object.class).subscribe(this.items::add, this.items::add);
		Await.until(() -> this.pods.function.calls.size() == 1);
	}

	@AfterEach
	void stop() throws IOException {
		this.pods.close();
	}

	private int push(int pod, String operation) {
		return this.pods.push(pod, this.pods.function.calls.get(0), "{\"ops\":[" + operation + "]}");
	}

	private String next() {
		try {
			return this.pods.client.invoke("report.next").toMono(String.class).block(RelayFixture.TIMEOUT);
		}
		catch (ActionException ex) {
			return String.valueOf(ex.errorCode());
		}
	}

	private void gone() {
		Await.until(() -> next().equals(String.valueOf(ErrorCode.NOT_FOUND)));
	}

	private static String define(String more) {
		return "{\"define\":{\"name\":\"report.next\",\"result\":\"value\"" + more + "}}";
	}

	/** An event waits for an agent that is away, and is told from one that is there. */
	@Test
	void eventWaitsForAnAgentThatIsAway() throws IOException {
		Queue<String> events = new ConcurrentLinkedQueue<>();
		Queue<Object> results = new ConcurrentLinkedQueue<>();
		AgentSocketClient agent = this.pods.client((builder) -> builder);
		agent.connect().block(RelayFixture.TIMEOUT);
		agent.events("report.read", String.class).subscribe(events::add);
		agent.invoke("report").toFlux(Object.class).subscribe(results::add, results::add);
		Await.until(() -> this.pods.function.calls.size() == 2);
		TestFunction.Call call = this.pods.function.calls.get(1);
		String event = "{\"ops\":[{\"event\":\"report.read\",\"payload\":\"%s\"}]}";
		assertThat(this.pods.receipt(0, call, event.formatted("there"))).contains("live");
		Await.until(() -> events.size() == 1);
		// New connections lead to a pod that is not there.
		TestCluster.Pod dead = this.pods.cluster.pod(2);
		this.pods.kill(dead);
		this.pods.cluster.target(dead);
		this.pods.cluster.cut();
		Await.until(() -> !this.pods.session(0, agent.sessionId()).isConnected());
		for (int pod = 0; pod < 2; pod++) {
			assertThat(this.pods.receipt(pod, call, event.formatted("away" + pod))).contains("queued");
		}
		this.pods.cluster.target(this.pods.cluster.pod(1));
		Await.until(() -> events.size() == 3);
		// Events that came through several pods have no order among each other.
		assertThat(events).containsExactlyInAnyOrder("there", "away0", "away1");
		agent.close().block(RelayFixture.TIMEOUT);
	}

	/** The client waits until the session is forgotten. */
	@Test
	void agentThatHasSaidGoodbyeIsReachedThroughNoPod() {
		String event = "{\"event\":\"report.read\",\"payload\":1}";
		assertThat(push(1, event)).isEqualTo(202);
		this.pods.client.close().block(RelayFixture.TIMEOUT);
		for (int pod = 0; pod < 3; pod++) {
			assertThat(push(pod, event)).isEqualTo(410);
		}
	}

	/** The store does not answer: the client does not wait for it for ever. */
	@Test
	void agentLeavesAlsoWhenTheStoreIsSilent() {
		this.pods.cluster.pod(0).hold();
		this.pods.client.close().block(RelayFixture.TIMEOUT);
		this.pods.cluster.pod(0).release();
		Await.until(() -> push(1, "{\"event\":\"report.read\",\"payload\":1}") == 410);
	}

	@Test
	void actionIsReplacedAndWithdrawnThroughAnotherPodThanThatWhichAnnouncedIt() {
		assertThat(push(1, define(""))).isEqualTo(202);
		Await.until(() -> next().equals("next"));
		assertThat(push(2, define(",\"description\":\"new\""))).isEqualTo(202);
		assertThat(push(0, define(",\"description\":\"newer\""))).isEqualTo(202);
		Await.until(() -> "newer".equals(description()));
		assertThat(next()).isEqualTo("next");
		assertThat(push(2, "{\"withdraw\":\"report.next\"}")).isEqualTo(202);
		gone();
		assertThat(push(0, define(""))).isEqualTo(202);
		Await.until(() -> next().equals("next"));
		assertThat(push(1, "{\"withdraw\":\"report.next\"}")).isEqualTo(202);
		gone();
	}

	private String description() {
		return this.pods.client.actions()
			.block(RelayFixture.TIMEOUT)
			.stream()
			.filter((action) -> action.name().equals("report.next"))
			.map(ActionDescriptor::description)
			.findFirst()
			.orElse(null);
	}

	/** A pod that dies in the middle of a push does not keep others from repeating it. */
	@Test
	void keyOfAPushIsFreeWhenItsPodIsDead() {
		TestFunction.Call call = this.pods.function.calls.get(0);
		String id = this.pods.idOfPush(call, "k-1");
		// Until long after the test, if only time freed it.
		InstantSource later = () -> Instant.now().plusSeconds(3600);
		assertThat(this.pods.keys(1, later).take(this.pods.session(1), id).block(RelayFixture.TIMEOUT)).isZero();
		String item = "{\"ops\":[{\"item\":1},{\"end\":true}]}";
		assertThat(this.pods.push(2, call, item, "idempotency-key", "k-1")).isEqualTo(503);
		this.pods.kill(this.pods.cluster.pod(1));
		// The endpoint of the third pod is the second one that is left.
		Await.until(() -> this.pods.push(1, call, item, "idempotency-key", "k-1") == 202);
		Await.until(() -> this.items.contains(1));
	}

	@Test
	void actionOfADeadPodIsOfferedByAnotherOne() {
		assertThat(push(1, define(",\"description\":\"first\""))).isEqualTo(202);
		Await.until(() -> next().equals("next"));
		this.pods.cluster.pod(1).kill();
		// A call that was on its way to the dead pod may have run.
		Await.until(() -> next().equals("next"));
		assertThat(description()).isEqualTo("first");
		assertThat(push(2, define(",\"description\":\"second\""))).isEqualTo(202);
		Await.until(() -> "second".equals(description()) && next().equals("next"));
		assertThat(push(0, "{\"withdraw\":\"report.next\"}")).isEqualTo(202);
		gone();
	}

	/** Another pod does not bring an action back that its function has withdrawn. */
	@Test
	void actionThatIsWithdrawnWhileItsPodIsDeadIsGone() {
		assertThat(push(1, define(""))).isEqualTo(202);
		Await.until(() -> next().equals("next"));
		this.pods.cluster.pod(1).kill();
		assertThat(push(2, "{\"withdraw\":\"report.next\"}")).isEqualTo(202);
		gone();
	}

	@Test
	void itemsReachTheInvocationThroughAnyPodAfterTheAgentHasMoved() {
		this.pods.move(1);
		assertThat(push(2, "{\"item\":1}")).isEqualTo(202);
		assertThat(push(1, "{\"item\":2}")).isEqualTo(202);
		assertThat(push(0, "{\"item\":3},{\"end\":true}")).isEqualTo(202);
		Await.until(() -> this.items.size() == 3);
		assertThat(this.items).containsExactly(1, 2, 3);
	}

}
