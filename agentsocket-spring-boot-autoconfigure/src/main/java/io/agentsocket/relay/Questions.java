package io.agentsocket.relay;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Question;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Names;
import io.agentsocket.relay.answer.AnswerPart;
import reactor.core.publisher.Mono;

import org.springframework.core.ParameterizedTypeReference;

/**
 * Puts the questions of functions to agents. Thread-safe. Implements section 9 of
 * {@code docs/function-protocol.md}.
 */
final class Questions {

	private static final Map<String, Object> TEXT = Map.of("type", "string");

	private static final Set<String> VERDICTS = Set.of("approve", "decline", "cancel");

	private static final ParameterizedTypeReference<Map<String, Object>> MAP = new ParameterizedTypeReference<>() {
	};

	private final Duration timeout;

	/**
	 * Create questions.
	 * @param timeout how long an approval waits when nobody says otherwise
	 */
	Questions(Duration timeout) {
		this.timeout = timeout;
	}

	/**
	 * Ask the agent.
	 * @return the answer as the function gets it
	 */
	Mono<Map<String, Object>> ask(AgentExchange exchange, AnswerPart.Ask ask) {
		return ask.approval() ? approve(exchange, ask) : question(exchange, ask);
	}

	private static Mono<Map<String, Object>> question(AgentExchange exchange, AnswerPart.Ask ask) {
		Question<Object> question = new Question<>(ask.prompt(), Object.class,
				(ask.schema() != null) ? ask.schema() : TEXT, ask.timeout());
		return exchange.ask(question).map((answer) -> {
			Map<String, Object> told = new LinkedHashMap<>();
			told.put("outcome", answer.outcome().name().toLowerCase(Locale.ROOT));
			if (answer.value() != null) {
				told.put("value", answer.value());
			}
			return told;
		});
	}

	private Mono<Map<String, Object>> approve(AgentExchange exchange, AnswerPart.Ask ask) {
		Map<String, Object> arguments = new LinkedHashMap<>();
		arguments.put("action", (ask.action() != null) ? ask.action() : exchange.action().name());
		arguments.put("arguments", (ask.arguments() != null) ? ask.arguments()
				: exchange.arguments().isEmpty() ? Map.of() : exchange.codec().decodeMap(exchange.arguments()));
		arguments.put("prompt", ask.prompt());
		return exchange.invoke(Names.APPROVE)
			.arguments(arguments)
			.timeout((ask.timeout() != null) ? ask.timeout() : this.timeout)
			.toMono(MAP)
			.map(Questions::verdict)
			.defaultIfEmpty(Map.of("outcome", "decline"))
			.onErrorResume(ActionException.class, (error) -> Mono
				.just(Map.of("outcome", (error.errorCode() == ErrorCode.DEADLINE_EXCEEDED) ? "timeout" : "decline")));
	}

	private static Map<String, Object> verdict(Map<String, Object> answer) {
		Object outcome = answer.get("outcome");
		Map<String, Object> told = new LinkedHashMap<>();
		told.put("outcome", (outcome instanceof String text && VERDICTS.contains(text)) ? text : "decline");
		if (answer.get("reason") instanceof String reason) {
			told.put("reason", reason);
		}
		return told;
	}

}
