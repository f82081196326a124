package com.example.conformance.driver;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

import com.example.conformance.wire.Values;
import io.agentsocket.action.Action;
import io.agentsocket.action.Answer;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.client.Backoff;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Limits;
import reactor.core.publisher.Mono;

/**
 * The client of a case, and what it was asked.
 */
final class ClientOptions {

	private final OfferedActions offered = new OfferedActions();

	private final BlockingQueue<Map<String, Object>> asked = new LinkedBlockingQueue<>();

	private final BlockingQueue<Map<String, Object>> approved = new LinkedBlockingQueue<>();

	OfferedActions offered() {
		return this.offered;
	}

	BlockingQueue<Map<String, Object>> asked() {
		return this.asked;
	}

	BlockingQueue<Map<String, Object>> approved() {
		return this.approved;
	}

	AgentSocketClient client(String uri, String codec, Map<?, ?> options) {
		AgentSocketClientBuilder builder = AgentSocketClient.builder(uri)
			.codec(codec.equals("json") ? JacksonCodec.json() : JacksonCodec.cbor())
			.backoff(new Backoff(Duration.ofMillis(50), Duration.ofMillis(50)))
			// A busy machine may leave an attempt without an answer: there are others.
			.maxWait(Duration.ofMinutes(1));
		options.forEach((option, value) -> apply(builder, String.valueOf(option), value));
		return builder.build();
	}

	private void apply(AgentSocketClientBuilder builder, String option, Object value) {
		switch (option) {
			case "token" -> token(builder, value);
			case "limits" -> builder.limits(limits((Map<?, ?>) value));
			case "questions" -> questions(builder, new ConcurrentLinkedQueue<>((List<?>) value));
			case "approvals" -> approvals(builder, new ConcurrentLinkedQueue<>((List<?>) value));
			case "actions" -> builder.offer(actions((List<?>) value));
			case "maxWait" -> builder.maxWait(millis(value));
			case "connectTimeout" -> builder.connectTimeout(millis(value));
			case "refusalTimeout" -> builder.refusalTimeout(millis(value));
			default -> throw new StepFailed("unknown option " + option);
		}
	}

	private static Duration millis(Object value) {
		return Duration.ofMillis(((Number) value).longValue());
	}

	private static void token(AgentSocketClientBuilder builder, Object value) {
		if (value instanceof List<?> tokens) {
			AtomicInteger next = new AtomicInteger();
			builder.bearerToken(() -> String.valueOf(tokens.get(Math.min(next.getAndIncrement(), tokens.size() - 1))));
		}
		else {
			builder.bearerToken(String.valueOf(value));
		}
	}

	private static Limits limits(Map<?, ?> map) {
		Limits usual = Limits.CLIENT;
		int item = limit(map, "item", usual.item());
		return new Limits(limit(map, "message", usual.message()), limit(map, "frame", usual.frame()), item,
				Math.max(item, usual.assembly()), limit(map, "streams", usual.streams()),
				limit(map, "items", usual.items()), limit(map, "window", usual.window()), usual.aliases(), usual.name(),
				Math.min(usual.metadata(), limit(map, "frame", usual.frame())), usual.depth());
	}

	private static int limit(Map<?, ?> map, String name, int otherwise) {
		return (map.get(name) instanceof Number number) ? number.intValue() : otherwise;
	}

	private List<Action> actions(List<?> entries) {
		return entries.stream().map((entry) -> this.offered.action((Map<?, ?>) entry)).toList();
	}

	private void questions(AgentSocketClientBuilder builder, Queue<Object> answers) {
		builder.onQuestion((question) -> {
			Map<String, Object> noted = new HashMap<>();
			noted.put("prompt", question.prompt());
			noted.put("schema", question.schema());
			this.asked.add(noted);
			Map<?, ?> answer = (Map<?, ?>) answers.poll();
			String outcome = (answer != null) ? String.valueOf(answer.get("outcome")) : "decline";
			return switch (outcome) {
				case "answer" -> Mono.just(Answer.of(Values.expand(answer.get("value"))));
				case "cancel" -> Mono.just(Answer.cancelled());
				case "never" -> Mono.never();
				default -> Mono.just(Answer.declined());
			};
		});
	}

	private void approvals(AgentSocketClientBuilder builder, Queue<Object> answers) {
		builder.onApproval((request) -> {
			this.approved
				.add(Map.of("action", request.action(), "arguments", request.arguments(), "prompt", request.prompt()));
			Map<?, ?> answer = (Map<?, ?>) answers.poll();
			String outcome = (answer != null) ? String.valueOf(answer.get("outcome")) : "decline";
			return switch (outcome) {
				case "approve" -> Mono.just(true);
				case "never" -> Mono.never();
				default -> Mono.just(false);
			};
		});
	}

}
