package com.example.functions;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.Answer;
import io.agentsocket.action.QuestionRequest;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * An agent that does not know which of its actions are functions.
 */
final class FunctionsAgent {

	/** Longer than anything takes here, on any machine. */
	private static final Duration PATIENCE = Duration.ofMinutes(1);

	private static final int KILLED_AFTER = 3;

	private final AgentSocketClient agent;

	private final ChildProcess shop;

	FunctionsAgent(String port, ChildProcess shop) {
		this.agent = AgentSocketClient.builder("ws://127.0.0.1:" + port + "/agentsocket")
			.software("functions-agent", "1")
			.onQuestion(FunctionsAgent::answer)
			.build();
		this.shop = shop;
	}

	private static Mono<Answer<String>> answer(QuestionRequest asked) {
		say("  the function has ended, and the agent is asked: " + asked.prompt());
		return Mono.just(Answer.of("2027-03-01"));
	}

	void run() {
		try {
			stream();
			changeState();
			hearLater();
			say("%n--- Five lines of HTTP");
			say("  weather.current -> " + call("weather.current", Map.of("city", "Ulm")));
			say("%n--- A clarification, for which no function waits");
			say("  trip.book -> " + call("trip.book", Map.of("place", "Paris")));
			kill();
		}
		finally {
			this.agent.close().block(PATIENCE);
		}
	}

	private Object call(String action, Map<String, Object> arguments) {
		return this.agent.invoke(action).arguments(arguments).toMono(Object.class).block(PATIENCE);
	}

	private void stream() {
		say("%n--- A streamed result, from Spring in a JVM of its own");
		List<String> words = this.agent.invoke("story.tell")
			.arguments(Map.of("words", 7, "pause", 50))
			.toFlux(String.class)
			.collectList()
			.block(PATIENCE);
		say("  story.tell -> " + String.join("", words));
	}

	private void changeState() {
		say("%n--- State that lives with the session, not with the function");
		say("  cart.add -> " + call("cart.add", Map.of("article", "apple")));
		say("  cart.add -> " + call("cart.add", Map.of("article", "pear")));
	}

	private void hearLater() {
		say("%n--- A push that arrives after its function has ended");
		Sinks.One<String> ready = Sinks.one();
		Disposable listening = this.agent.events("report.ready", String.class).subscribe(ready::tryEmitValue);
		say("  report.write -> " + call("report.write", Map.of("topic", "Rivers")));
		say("  report.ready: " + ready.asMono().block(PATIENCE));
		listening.dispose();
	}

	private void kill() {
		say("%n--- A function that is killed in the middle");
		ActionException error = this.agent.invoke("story.tell")
			.arguments(Map.of("words", 1000, "pause", 50))
			.toFlux(String.class)
			.index()
			.doOnNext((word) -> {
				if (word.getT1() == KILLED_AFTER) {
					this.shop.process().destroyForcibly();
				}
			})
			.then(Mono.<ActionException>empty())
			.onErrorResume(ActionException.class, Mono::just)
			.block(PATIENCE);
		say("  story.tell -> some words, then error " + error.code() + ": " + error.text());
	}

	private static void say(String line, Object... values) {
		System.out.println((values.length == 0) ? line.replace("%n", System.lineSeparator()) : line.formatted(values));
	}

}
