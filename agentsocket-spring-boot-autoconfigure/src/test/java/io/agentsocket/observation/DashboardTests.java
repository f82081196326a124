package io.agentsocket.observation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.connection.TrafficTotals;
import io.agentsocket.event.EventListeners;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import io.agentsocket.tool.AgentTools;
import io.micrometer.core.instrument.Meter;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.Mockito.mock;

/**
 * The dashboard of the cluster sample asks for meters that exist, under the names that
 * Prometheus has for them, and for all of them.
 */
class DashboardTests {

	private static final Path DASHBOARD = Path.of("..", "samples", "cluster", "grafana-dashboard.json");

	private static final Path MANIFEST = Path.of("..", "samples", "cluster", "kubernetes.yaml");

	private static final Pattern SCALING = Pattern.compile("metric:\\s+name: (\\S+)");

	private static final Pattern NAME = Pattern.compile("\\b(?:agentsocket|rpc)_[a-z_]+(?=\\{)");

	@Test
	void asksForMetersThatExist() {
		Set<String> asked = new TreeSet<>();
		int panels = 0;
		JsonNode dashboard = JsonMapper.shared().readTree(DASHBOARD.toFile());
		for (JsonNode panel : dashboard.get("panels")) {
			panels++;
			for (JsonNode target : panel.get("targets")) {
				Matcher names = NAME.matcher(target.get("expr").asString());
				while (names.find()) {
					asked.add(names.group());
				}
			}
		}
		assertThat(panels).isGreaterThan(10);
		Set<String> meters = new TreeSet<>();
		Set<String> exist = names(meters);
		assertThat(exist).containsAll(asked);
		assertThat(meters).allSatisfy((meter) -> assertThat(asked).anyMatch((name) -> name.startsWith(meter)));
	}

	@Test
	void autoscalerAsksForAMeterThatExists() throws IOException {
		Set<String> asked = new TreeSet<>();
		Matcher names = SCALING.matcher(Files.readString(MANIFEST));
		while (names.find()) {
			asked.add(names.group(1));
		}
		assertThat(asked).isNotEmpty();
		assertThat(names(new TreeSet<>())).containsAll(asked);
	}

	/**
	 * Names for Prometheus; meters without what Prometheus adds go into the given set.
	 */
	private static Set<String> names(Set<String> meters) {
		Set<String> exist = new TreeSet<>();
		for (Meter meter : meters()) {
			String name = meter.getId().getName().replace('.', '_');
			String unit = meter.getId().getBaseUnit();
			switch (meter.getId().getType()) {
				case TIMER -> {
					exist.addAll(Set.of(name + "_seconds_count", name + "_seconds_sum", name + "_seconds_max"));
					meters.add(name);
				}
				case COUNTER -> add(name + ((unit != null) ? "_" + unit : "") + "_total", exist, meters);
				case GAUGE -> add(name + ((unit != null) ? "_" + unit : ""), exist, meters);
				default -> {
					// Timers of what runs now, which the gauges of streams say as well.
				}
			}
		}
		return exist;
	}

	private static void add(String name, Set<String> exist, Set<String> meters) {
		exist.add(name);
		meters.add(name);
	}

	private static Iterable<Meter> meters() {
		Traces traces = new Traces();
		TrafficTotals totals = new TrafficTotals();
		try (traces;
				TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
						(builder) -> builder.totals(totals)
							.interceptor(traces.interceptor())
							.decorateStore((store) -> new MeteredStore(store, traces.meters()))
							.sessionListener(new SessionMeters(traces.meters())),
						Action.named("echo").handler((exchange) -> Mono.just("x")))) {
			new ServerMeters(server.server(), totals).bindTo(traces.meters());
			new ToolMeters(AgentTools.builder().build()).bindTo(traces.meters());
			new EventMeters(EventListeners.builder().build()).bindTo(traces.meters());
			new McpMeters(mock(McpEndpoint.class)).bindTo(traces.meters());
			tell(new RelayMeters(traces.meters()));
			AgentSocketClient agent = AgentSocketClient.builder(server.uri()).interceptor(traces.interceptor()).build();
			agent.invoke("echo").toMono(String.class).block(Await.LONG);
			agent.close().block(Await.LONG);
			Await.untilAsserted(() -> assertThat(traces.meters().find(SessionMeters.DURATION).timer()).isNotNull());
			Await.untilAsserted(() -> assertThat(traces.meters().find("rpc.server.call.duration").timer()).isNotNull());
			return traces.meters().getMeters();
		}
	}

	/** The meters of functions are there with what they count. */
	private static void tell(RelayMeters relay) {
		relay.requested("shop", "order", "OK", 1);
		relay.relayed("shop", "order", 1);
		relay.retried("shop", "connect");
		relay.waited("shop", true, 1);
		relay.warmed("shop", "start", true, 1);
		relay.pushed("shop", 200);
	}

}
