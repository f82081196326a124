package io.agentsocket.mcp;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Question;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The tools that the official conformance suite of MCP calls by name.
 */
final class ConformanceActions {

	private static final byte[] PNG = { (byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

	private static final byte[] WAV = "RIFF\0\0\0\0WAVEfmt ".getBytes(StandardCharsets.ISO_8859_1);

	private ConformanceActions() {
	}

	/**
	 * Make the actions.
	 * @param catalog the catalog that one of them changes
	 * @return the actions
	 */
	static List<Action> all(ActionCatalog catalog) {
		List<Action> all = new ArrayList<>();
		all.add(value("test_trigger_tool_change", (exchange) -> {
			catalog.replace(value("test_changed", (call) -> Mono.just("changed")));
			return Mono.just("changed");
		}));
		all.add(value("test_simple_text", (exchange) -> Mono.just("This is a simple text response for testing.")));
		all.add(bytes("test_image_content", PNG));
		all.add(bytes("test_audio_content", WAV));
		all.add(bytes("test_embedded_resource", "A resource".getBytes(StandardCharsets.UTF_8)));
		all.add(value("test_error_handling", (exchange) -> Mono.error(new ActionException(ErrorCode.FAILED_PRECONDITION,
				"This tool intentionally returns an error for testing"))));
		all.add(value("test_tool_with_progress", ConformanceActions::progress));
		all.add(value("test_elicitation", (exchange) -> ask(exchange, "Your answer?", "response")));
		all.add(value("test_streaming_elicitation", (exchange) -> ask(exchange, "Your answer?", "response")));
		all.add(value("test_input_required_result_elicitation",
				(exchange) -> ask(exchange, "What is your name?", "name").map((name) -> "Hello, " + name + "!")));
		all.add(value("test_input_required_result_request_state",
				(exchange) -> ask(exchange, "Please confirm", "ok").map((answer) -> "state-ok")));
		all.add(value("test_input_required_result_tampered_state",
				(exchange) -> ask(exchange, "Please confirm", "ok").map((answer) -> "state-ok")));
		all.add(value("test_input_required_result_multi_round",
				(exchange) -> ask(exchange, "Step 1: your name?", "name").flatMap(
						(name) -> ask(exchange, "Step 2: your colour?", "color").map((color) -> name + " " + color))));
		all.add(value("test_input_required_result_capabilities",
				(exchange) -> ask(exchange, "What is your name?", "name")));
		all.add(value("test_missing_capability", (exchange) -> ask(exchange, "What is your name?", "name")));
		return all;
	}

	private static Action value(String name, Function<AgentExchange, Mono<?>> handler) {
		return Action.named(name).description("For the conformance suite").handler(handler::apply);
	}

	private static Action bytes(String name, byte[] bytes) {
		return Action.named(name)
			.description("For the conformance suite")
			.result(ResultShape.BYTES)
			.handler((exchange) -> Flux.just(bytes));
	}

	private static Mono<String> progress(AgentExchange exchange) {
		for (int done = 1; done <= 3; done++) {
			exchange.progress(done * 33, 100d, "step " + done);
		}
		return Mono.just("done");
	}

	private static Mono<Object> ask(AgentExchange exchange, String prompt, String field) {
		Map<String, Object> schema = new LinkedHashMap<>();
		schema.put("type", "object");
		schema.put("properties", Map.of(field, Map.of("type", "string")));
		schema.put("required", List.of(field));
		return exchange.ask(Question.of(prompt, Object.class).schema(schema))
			.<Object>map((answer) -> ((Map<?, ?>) answer.orElseThrow()).get(field));
	}

}
