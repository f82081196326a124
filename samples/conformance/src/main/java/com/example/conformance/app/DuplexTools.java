package com.example.conformance.app;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import com.fasterxml.jackson.annotation.JsonValue;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.InvocationSpec;
import io.agentsocket.action.Question;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.stereotype.Component;

/**
 * Actions that ask the agent, and invoke its actions.
 */
@Component
class DuplexTools {

	private static final ParameterizedTypeReference<Map<String, Object>> MAP = new ParameterizedTypeReference<>() {
	};

	@AgentTool(description = "Asks in the middle of the call")
	Mono<Object> ask(String prompt, Kind kind, AgentExchange exchange) {
		return exchange.ask(prompt, kind.type).map((answer) -> answer);
	}

	@AgentTool(value = "ask.patient", description = "Asks, and tells how that ended")
	Mono<String> askPatiently(int timeout, AgentExchange exchange) {
		return exchange.ask(Question.of("Well?", String.class).timeout(Duration.ofMillis(timeout)))
			.map((answer) -> answer.outcome().name().toLowerCase(Locale.ROOT));
	}

	@AgentTool(description = "Deletes nothing, after an approval", destructive = true, approval = true)
	Mono<String> delete(String path) {
		return Mono.just("deleted " + path);
	}

	@AgentTool(description = "Invokes an action of the agent")
	Mono<Object> call(Call call, AgentExchange exchange) {
		InvocationSpec spec = exchange.invoke(call.action()).arguments(call.arguments());
		if (call.timeout() != null) {
			spec.timeout(Duration.ofMillis(call.timeout()));
		}
		if (call.items() != null) {
			spec.items(Flux.range(1, call.items()));
		}
		return result(call, spec).onErrorResume(ActionException.class, (error) -> Mono.just(told(error)));
	}

	private static Mono<Object> result(Call call, InvocationSpec spec) {
		return switch ((call.result() != null) ? call.result() : "value") {
			case "items" -> items(call, spec).map((items) -> items);
			case "text" -> spec.toFlux(String.class).reduce("", String::concat).map((text) -> text);
			case "bytes" -> spec.toMono(byte[].class).map(ValueTools.Seen::of);
			case "none" -> spec.toMono(Object.class).then(Mono.empty());
			default -> spec.toMono(Object.class);
		};
	}

	private static Mono<List<Object>> items(Call call, InvocationSpec spec) {
		if (call.take() != null) {
			return spec.toFlux(Object.class).limitRate(call.take()).take(call.take()).collectList();
		}
		if (call.stop() != null) {
			Sinks.Empty<Void> enough = Sinks.empty();
			return spec.stopWhen(enough.asMono()).toFlux(Object.class).index().doOnNext((item) -> {
				if (item.getT1() + 1 == call.stop()) {
					enough.tryEmitEmpty();
				}
			}).map((item) -> item.getT2()).collectList();
		}
		return spec.toFlux(Object.class).limitRate(16).collectList();
	}

	private static Map<String, Object> told(ActionException error) {
		Map<String, Object> told = new HashMap<>();
		told.put("error", error.code());
		told.put("retryable", error.isRetryable());
		told.put("mayHaveRun", error.hasMaybeRun());
		told.put("text", error.text());
		told.put("correlation", error.correlation());
		told.put("secret", error.getMessage().contains("secret"));
		return told;
	}

	@AgentTool(value = "call.detached", description = "Begins an invocation of the agent and ends before it does")
	Mono<String> callDetached(String action, @AgentParam(required = false) @Nullable Map<String, Object> arguments,
			AgentExchange exchange) {
		Sinks.One<String> running = Sinks.one();
		Mono<String> nested = exchange.invoke(action)
			.arguments(arguments)
			.onProgress((progress) -> running.tryEmitValue("done"))
			.toMono(String.class);
		return Mono.firstWithSignal(nested, running.asMono());
	}

	@AgentTool(description = "Invokes itself through the agent")
	Mono<Integer> nest(int depth, AgentExchange exchange) {
		if (depth == 0) {
			return Mono.just(0);
		}
		return exchange.invoke("agent.nest")
			.arguments(Map.of("action", "nest", "arguments", Map.of("depth", depth - 1)))
			.toMono(Integer.class)
			.map((below) -> below + 1)
			.onErrorMap(ActionException.class, ActionException::asOwn);
	}

	@AgentTool(value = "agent.find", description = "Searches the actions of the agent")
	Mono<List<Object>> agentFind(String query, AgentExchange exchange) {
		return exchange.invoke("as.find").arguments(Map.of("query", query)).toMono(MAP).map(DuplexTools::names);
	}

	@AgentTool(value = "agent.describe", description = "Reads descriptors of the agent's actions")
	Mono<Map<String, Object>> agentDescribe(List<String> names, AgentExchange exchange) {
		return exchange.invoke("as.describe").arguments(Map.of("names", names)).toMono(MAP);
	}

	private static List<Object> names(Map<String, Object> page) {
		return ((List<?>) page.get("actions")).stream()
			.<Object>map((action) -> ((Map<?, ?>) action).get("name"))
			.toList();
	}

	@AgentTool(value = "catalog.add", description = "Adds an action for this session")
	Mono<Void> catalogAdd(String name, AgentExchange exchange) {
		return Mono.fromRunnable(() -> exchange.actions().replace(TestApplication.here(Action.named(name))));
	}

	@AgentTool(value = "catalog.remove", description = "Removes an action of this session")
	Mono<Void> catalogRemove(String name, AgentExchange exchange) {
		return Mono.fromRunnable(() -> exchange.actions().remove(name));
	}

	/** Types of answers. */
	enum Kind {

		/** Any text. */
		TEXT(String.class),

		/** An integer. */
		NUMBER(Integer.class),

		/** An enumeration. */
		COLOR(Color.class);

		private final Class<?> type;

		Kind(Class<?> type) {
			this.type = type;
		}

		@JsonValue
		String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

	/** Answers to choose from. */
	enum Color {

		/** A color. */
		RED,

		/** Another color. */
		GREEN;

		@JsonValue
		String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

	/**
	 * An invocation of the agent.
	 *
	 * @param action name of the action
	 * @param arguments its arguments
	 * @param result what it gives: {@code value}, {@code items}, {@code text},
	 * {@code bytes} or {@code none}
	 * @param items so many numbers are sent to it
	 * @param take so many items are taken, then it is cancelled
	 * @param stop so many items are taken, then it is asked to stop
	 * @param timeout its time in milliseconds
	 */
	record Call(String action, @Nullable Map<String, @Nullable Object> arguments, @Nullable String result,
			@Nullable Integer items, @Nullable Integer take, @Nullable Integer stop, @Nullable Integer timeout) {

	}

}
