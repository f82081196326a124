package io.agentsocket.action;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.JacksonCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Mono;

import static org.assertj.core.api.Assertions.assertThat;

class ActionDescriptorTests {

	private static final Map<String, Object> SCHEMA = Map.of("type", "object", "properties",
			Map.of("city", Map.of("type", "string")), "required", List.of("city"));

	private static Action action() {
		return Action.named("weather.current")
			.title("Weather")
			.description("Weather now")
			.tags("weather", "city")
			.hints(new ActionHints(true, true, true, true, true, Duration.ofSeconds(5)))
			.input(SCHEMA)
			.output(Map.of("type", "number"))
			.items(Map.of("type", "string"))
			.result(ResultShape.ITEMS)
			.handler((exchange) -> Mono.empty());
	}

	@Test
	void crossesTheWire() {
		ActionDescriptor descriptor = ActionDescriptor.of(action());
		for (JacksonCodec codec : List.of(JacksonCodec.cbor(), JacksonCodec.json())) {
			Map<String, Object> map = codec.decodeMap(codec.encodeMap(descriptor.toMap()));
			assertThat(ActionDescriptor.from(map)).isEqualTo(descriptor);
		}
	}

	@ParameterizedTest
	@EnumSource(ResultShape.class)
	void resultsCrossTheWire(ResultShape shape) {
		Action action = Action.named("a").result(shape).handler((exchange) -> Mono.empty());
		ActionDescriptor read = ActionDescriptor.from(ActionDescriptor.of(action).toMap());
		assertThat(read.result()).isEqualTo(shape);
		assertThat(read.streaming()).isEqualTo(shape != ResultShape.NONE && shape != ResultShape.VALUE);
	}

	@Test
	void summariesTellWhatFindsAnActionAndNoSchemas() {
		Map<String, Object> summary = ActionDescriptor.of(action()).toSummary();
		assertThat(summary).containsOnlyKeys("name", "title", "description", "tags", "hints");
		assertThat(summary).containsEntry("hints", Map.of("readOnly", true, "destructive", true, "idempotent", true,
				"openWorld", true, "approval", true, "timeout", 5000L, "streaming", true));
		assertThat(ActionDescriptor.from(summary).streaming()).isTrue();
	}

	@Test
	void whatIsNotSetIsNotSent() {
		Action bare = Action.named("a").handler((exchange) -> Mono.empty());
		assertThat(ActionDescriptor.of(bare).toSummary()).isEqualTo(Map.of("name", "a"));
		assertThat(ActionDescriptor.of(bare).toMap())
			.isEqualTo(Map.of("name", "a", "input", Map.of("type", "object"), "result", "value"));
	}

	@Test
	void valuesOfAnotherTypeCountAsAbsent() {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("name", 5);
		map.put("title", List.of());
		map.put("description", null);
		map.put("tags", List.of("a", 1, List.of(), "b"));
		map.put("hints", Map.of("readOnly", "yes", "idempotent", true, "timeout", -1, "unknown", Map.of()));
		map.put("input", true);
		map.put("output", "x");
		map.put("items", List.of());
		map.put("result", "other");
		assertThat(ActionDescriptor.from(map)).isEqualTo(new ActionDescriptor("", null, null, List.of("a", "b"),
				new ActionHints(false, false, true, false, false, null), false, null, null, null, ResultShape.VALUE));
		assertThat(ActionDescriptor.from(Map.of("hints", 1, "tags", "a")).withName("n").name()).isEqualTo("n");
	}

}
