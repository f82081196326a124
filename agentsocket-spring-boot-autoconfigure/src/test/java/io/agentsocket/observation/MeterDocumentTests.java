package io.agentsocket.observation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentsocket.Await;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.CloseCode;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.server.bounds.Refusal;
import io.agentsocket.session.AgentSessionListener.DetachReason;
import io.agentsocket.session.AgentSessionListener.EndReason;
import io.agentsocket.session.AgentSessionListener.OpenReason;
import io.agentsocket.session.AgentSessionListener.ResetReason;
import io.agentsocket.session.AgentSessionListener.ResumePlace;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The tables of {@code docs/observation.md} and the dashboard of the cluster sample name
 * meters, tags and values that applications have, and all of those meters: compared with
 * the registries of a server and of an agent that run.
 */
class MeterDocumentTests {

	private static final Path DOCUMENT = Path.of("..", "docs", "observation.md");

	private static final Path FUNCTIONS = Path.of("..", "docs", "functions.md");

	private static final Path DASHBOARD = Path.of("..", "samples", "cluster", "grafana-dashboard.json");

	private static final Path METADATA = Path.of("target", "classes", "META-INF", "spring-configuration-metadata.json");

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	private static final Pattern QUERY = Pattern.compile("((?:agentsocket|rpc)_[a-z_]+)\\{([^}]*)}");

	private static final Pattern GROUPS = Pattern.compile("(?:sum|max) by \\(([^)]*)\\) \\((.*)");

	/** Labels that Prometheus or the sample's configuration give to all meters. */
	private static final Set<String> COMMON = Set.of("application", "instance");

	/** A path of the endpoint, a setting of a tool, and a durability. */
	private static final Set<String> WORDS = Set.of("sessions", "timeout", "relaxed");

	/** Endings that Prometheus adds to names. */
	private static final Pattern SUFFIX = Pattern
		.compile("(?:_seconds_(?:count|sum|max)|_(?:bytes|sessions|seconds)|_total)+$");

	/** Names of meters with the keys of their tags. */
	private static final Map<String, Set<String>> METERS = new TreeMap<>();

	/** Values that tags have. */
	private static final Set<String> VALUES = new TreeSet<>();

	@BeforeAll
	static void run() {
		try (ConfigurableApplicationContext server = application(Application.class, WebApplicationType.REACTIVE,
				"server.port=0", "server.address=127.0.0.1", "agentsocket.mcp.enabled=true")) {
			String port = server.getEnvironment().getRequiredProperty("local.server.port");
			try (ConfigurableApplicationContext agent = application(Agent.class, WebApplicationType.NONE,
					"agentsocket.client.uri=ws://127.0.0.1:" + port + "/agentsocket")) {
				AgentSocketClient client = agent.getBean(AgentSocketClient.class);
				client.invoke("echo").toMono(String.class).block(Await.LONG);
				// The result comes a moment before its observation ends.
				MeterRegistry meters = agent.getBean(MeterRegistry.class);
				Await.untilAsserted(() -> assertThat(meters.find("rpc.client.call.duration").timer()).isNotNull());
				collect(agent);
				client.close().block(Await.LONG);
			}
			MeterRegistry registry = server.getBean(MeterRegistry.class);
			Await.untilAsserted(() -> assertThat(registry.find(SessionMeters.DURATION).timer()).isNotNull());
			Await.untilAsserted(() -> assertThat(registry.find("rpc.server.call.duration").timer()).isNotNull());
			collect(server);
		}
	}

	@AfterAll
	static void forget() {
		METERS.clear();
		VALUES.clear();
	}

	private static ConfigurableApplicationContext application(Class<?> source, WebApplicationType type,
			String... properties) {
		return new SpringApplicationBuilder(source).web(type)
			.properties("spring.main.banner-mode=off")
			.properties(properties)
			.run();
	}

	private static void collect(ConfigurableApplicationContext context) {
		for (Meter meter : context.getBean(MeterRegistry.class).getMeters()) {
			String name = meter.getId().getName();
			if (name.startsWith("agentsocket.") || name.startsWith("rpc.")) {
				Set<String> keys = METERS.computeIfAbsent(name, (any) -> new TreeSet<>());
				for (Tag tag : meter.getId().getTags()) {
					keys.add(tag.getKey());
					VALUES.add(tag.getValue());
				}
			}
		}
	}

	/** The rows below a header, each as its cells. */
	private static List<String[]> rows(String header) throws IOException {
		return rows(DOCUMENT, header);
	}

	private static List<String[]> rows(Path document, String header) throws IOException {
		List<String[]> rows = new ArrayList<>();
		boolean inside = false;
		for (String line : Files.readAllLines(document)) {
			if (line.startsWith(header)) {
				inside = true;
			}
			else if (inside && line.startsWith("|")) {
				if (!line.startsWith("|---")) {
					rows.add(line.substring(1).split("\\|"));
				}
			}
			else {
				inside = false;
			}
		}
		assertThat(rows).as(header).isNotEmpty();
		return rows;
	}

	private static List<String> codes(String text) {
		List<String> codes = new ArrayList<>();
		Matcher matcher = CODE.matcher(text);
		while (matcher.find()) {
			codes.add(matcher.group(1));
		}
		return codes;
	}

	private static Stream<String> lower(Enum<?>[] values) {
		return Arrays.stream(values).map((value) -> value.name().toLowerCase(Locale.ROOT));
	}

	/** Values of tags that only what goes wrong has. */
	private static Set<String> possibleValues() {
		Set<String> values = new HashSet<>(VALUES);
		Stream
			.of(lower(DetachReason.values()), lower(ResetReason.values()), lower(EndReason.values()),
					lower(OpenReason.values()), lower(ResumePlace.values()),
					Arrays.stream(Refusal.values()).map(Refusal::tag),
					Arrays.stream(ErrorCode.values()).map(ErrorCode::name),
					Arrays.stream(CloseCode.values()).map((code) -> String.valueOf(code.code())),
					Stream.of("opened", "resumed", "reset", "detached", "ended", "failed", "fenced", "in", "out"))
			.flatMap((all) -> all)
			.forEach(values::add);
		return values;
	}

	private static Set<String> keys() {
		return METERS.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
	}

	@Test
	void tablesNameMetersAndTagsThatExist() throws IOException {
		for (String[] row : rows("| meter | tags |")) {
			List<String> names = codes(row[0]);
			assertThat(names).isNotEmpty().allSatisfy((name) -> assertThat(METERS).containsKey(name));
			Set<String> documented = new TreeSet<>();
			String tags = row[1].trim();
			if (tags.contains(":")) {
				documented.add(codes(tags).get(0));
				assertThat(possibleValues()).containsAll(codes(tags.substring(tags.indexOf(':'))));
			}
			else {
				documented.addAll(codes(tags));
			}
			for (String name : names) {
				Set<String> keys = new TreeSet<>(METERS.get(name));
				if (name.startsWith("agentsocket.client.")) {
					assertThat(keys.remove("client")).isTrue();
				}
				assertThat(keys).as(name).isEqualTo(documented);
			}
		}
	}

	@Test
	void tablesHaveAllMeters() throws IOException {
		Set<String> documented = new HashSet<>();
		for (String header : List.of("| meter | tags |", "| observation and timer |")) {
			rows(header).forEach((row) -> documented.addAll(codes(row[0])));
		}
		// Observations have a meter of what runs now beside each timer.
		METERS.keySet().stream().filter((name) -> name.endsWith(".active")).forEach(documented::add);
		assertThat(documented).containsAll(METERS.keySet());
	}

	/** The meters of functions, which only applications with functions have. */
	private static Map<String, Set<String>> functionMeters() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		RelayMeters meters = new RelayMeters(registry);
		meters.requested("shop", "cart.add", "OK", 1);
		meters.relayed("shop", "cart.add", 1);
		meters.retried("shop", "BUSY");
		meters.waited("shop", true, 1);
		meters.warmed("shop", "start", true, 1);
		meters.pushed("shop", 202);
		Map<String, Set<String>> keys = new TreeMap<>();
		registry.getMeters()
			.forEach((meter) -> keys.put(meter.getId().getName(),
					meter.getId().getTags().stream().map(Tag::getKey).collect(Collectors.toCollection(TreeSet::new))));
		return keys;
	}

	@Test
	void functionsHaveTheMetersOfTheirDocument() throws IOException {
		Map<String, Set<String>> documented = new TreeMap<>();
		rows(FUNCTIONS, "| meter | tags |")
			.forEach((row) -> documented.put(codes(row[0]).get(0), new TreeSet<>(codes(row[1]))));
		assertThat(documented).isEqualTo(functionMeters());
	}

	@Test
	void alertsAndQuestionsAskForWhatExists() throws IOException {
		Set<String> known = possibleValues();
		known.addAll(METERS.keySet());
		known.addAll(functionMeters().keySet());
		known.addAll(keys());
		String properties = Files.readString(METADATA);
		List<String> asked = new ArrayList<>();
		rows("| alert | condition |").forEach((row) -> asked.addAll(codes(row[1] + row[2])));
		rows("| question | meters |").forEach((row) -> asked.addAll(codes(row[1])));
		for (String code : asked) {
			boolean parts = Arrays.stream(code.split("=")).allMatch(known::contains);
			boolean property = properties.contains("\"name\": \"" + code + "\"");
			boolean name = WORDS.contains(code);
			assertThat(parts || property || name).as("`%s` is a meter, tag, value or property", code).isTrue();
		}
	}

	@Test
	void dashboardGroupsAndFiltersByTagsThatExist() {
		JsonNode dashboard = JsonMapper.shared().readTree(DASHBOARD.toFile());
		Set<String> values = possibleValues();
		int queries = 0;
		for (JsonNode panel : dashboard.get("panels")) {
			for (JsonNode target : panel.get("targets")) {
				for (String part : target.get("expr").asString().split(" / ")) {
					Matcher query = QUERY.matcher(part);
					assertThat(query.find()).as(part).isTrue();
					queries++;
					Set<String> labels = labels(query.group(1));
					Matcher groups = GROUPS.matcher(part);
					if (groups.find()) {
						assertThat(labels).as(part).containsAll(List.of(groups.group(1).split(", ")));
					}
					for (String filter : query.group(2).split(", ")) {
						String[] sides = filter.split("=~|=", 2);
						assertThat(labels).as(part).contains(sides[0]);
						if (!COMMON.contains(sides[0])) {
							assertThat(values).as(part).containsAll(List.of(sides[1].replace("\"", "").split("\\|")));
						}
					}
				}
			}
		}
		assertThat(queries).isGreaterThan(20);
	}

	/** The labels of a metric of Prometheus. */
	private static Set<String> labels(String metric) {
		// Gauges without a unit have no suffix, and may end as a unit does.
		List<String> names = List.of(metric, SUFFIX.matcher(metric).replaceFirst(""));
		Set<String> labels = new HashSet<>(COMMON);
		Map<String, Set<String>> meters = new TreeMap<>(METERS);
		meters.putAll(functionMeters());
		meters.forEach((meter, keys) -> {
			if (names.contains(meter.replace('.', '_'))) {
				keys.forEach((key) -> labels.add(key.replace('.', '_')));
				labels.add("");
			}
		});
		assertThat(labels.remove("")).as(metric).isTrue();
		return labels;
	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Agent {

	}

	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Application {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll())
				.build();
		}

		@Bean
		Tools tools() {
			return new Tools();
		}

	}

	static class Tools {

		@AgentTool
		Mono<String> echo() {
			return Mono.just("x");
		}

	}

}
