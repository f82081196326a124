package com.example.quickstart;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

import com.example.quickstart.DemoTools.State;
import com.example.quickstart.DemoTools.Weather;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.Answer;
import io.agentsocket.action.QuestionRequest;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.CatalogChange;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Traffic;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * An agent that connects to this very server and shows what it can do. It blocks, since
 * it runs on the main thread; an agent in an application would not.
 */
@Component
class DemoAgent implements ApplicationRunner {

	private static final int TOKENS = 12;

	private final Environment environment;

	private final HttpTwin http;

	DemoAgent(Environment environment, HttpTwin http) {
		this.environment = environment;
		this.http = http;
	}

	@Override
	public void run(ApplicationArguments arguments) {
		int port = this.environment.getRequiredProperty("local.server.port", int.class);
		AgentSocketClient agent = AgentSocketClient.builder("ws://localhost:" + port + "/agentsocket")
			.software("quickstart-agent", "1")
			.onQuestion(this::answer)
			.build();
		discover(agent);
		callAndStream(agent);
		failValidation(agent);
		converse(agent);
		cancelAndCompare(agent, port);
		agent.close().block();
		say("%nServing on ws://localhost:" + port + "/agentsocket until you press Ctrl-C.");
		say("Try the actions by hand at http://localhost:" + port + "/agentsocket/console");
	}

	private void discover(AgentSocketClient agent) {
		say("%n--- The agent discovers");
		for (ActionDescriptor action : agent.actions().blockOptional().orElseThrow()) {
			say("  %-16s %s", action.name(), action.description());
		}
		agent.describe("weather.current")
			.toIterable()
			.forEach((action) -> say("  input of weather.current: %s", action.input()));
	}

	private void callAndStream(AgentSocketClient agent) {
		say("%n--- A call, a blocking tool, and a stream that arrives token by token");
		say("  weather.current -> " + weather(agent).block());
		say("  disk.free       -> " + agent.invoke("disk.free").toMono(Long.class).block() + " bytes");
		System.out.print("  llm.tokens      -> ");
		agent.invoke("llm.tokens")
			.arguments(Map.of("n", 16))
			.toFlux(String.class)
			.doOnNext(System.out::print)
			.blockLast();
		say("");
	}

	private static Mono<Weather> weather(AgentSocketClient agent) {
		return agent.invoke("weather.current").arguments(Map.of("city", "Berlin")).toMono(Weather.class);
	}

	private void failValidation(AgentSocketClient agent) {
		say("%n--- A validation error that a model can correct itself from");
		Map<String, Object> wrong = new TreeMap<>(Map.of("guests", 12, "day", "2020-01-01", "email", "nobody"));
		agent.invoke("table.book").arguments(wrong).toMono(String.class).doOnError(ActionException.class, (error) -> {
			say("  table.book %s", wrong);
			say("  -> error %d: %s", error.code(), error.text());
			error.violations().forEach((violation) -> say("     %-8s %s", violation.pointer(), violation.message()));
		}).onErrorComplete(ActionException.class).block();
	}

	private Mono<Answer<State>> answer(QuestionRequest asked) {
		say("  the server asks: %s %s", asked.prompt(), asked.schema());
		return Mono.just(Answer.of(State.OREGON));
	}

	private void converse(AgentSocketClient agent) {
		say("%n--- Both sides talk in the middle of running work");
		say("  weather.current Springfield");
		say("  -> " + agent.invoke("weather.current")
			.arguments(Map.of("city", "Springfield"))
			.toMono(Weather.class)
			.block());
		Sinks.Many<String> manner = Sinks.many().unicast().onBackpressureBuffer();
		System.out.print("  llm.tokens, steered after 5 tokens -> ");
		agent.invoke("llm.tokens")
			.arguments(Map.of("n", 16))
			.items(manner.asFlux())
			.toFlux(String.class)
			.index()
			.doOnNext((token) -> {
				System.out.print(token.getT2());
				if (token.getT1() == 4) {
					manner.tryEmitNext("loudly");
				}
			})
			.blockLast();
		say("");
		Mono<CatalogChange> appeared = agent.changes().next().cache();
		Disposable listening = appeared.subscribe();
		agent.invoke("shop.enter").toMono(Void.class).block();
		say("  shop.enter, and a new action appears: " + appeared.map(CatalogChange::name).block());
		listening.dispose();
		say("  shop.buy -> " + agent.invoke("shop.buy").toMono(String.class).block());
	}

	private void cancelAndCompare(AgentSocketClient agent, int port) {
		say("%n--- Bytes on the wire, both directions, without TCP (a stream of 1,000 tokens is cancelled after %d)",
				TOKENS);
		long call = bytes(agent, () -> weather(agent).then());
		long stream = bytes(agent,
				() -> agent.invoke("llm.tokens").arguments(Map.of("n", 1000)).toFlux(String.class).take(TOKENS).then());
		row("", "Agent Socket", "JSON over HTTP/1.1");
		row("one call", call, this.http.bytesOfCall(port));
		row("cancelled stream", stream, this.http.bytesOfStream(port, TOKENS));
	}

	private static long bytes(AgentSocketClient agent, Supplier<Mono<Void>> work) {
		Traffic before = agent.traffic();
		work.get().block();
		return agent.traffic().since(before).bytes();
	}

	private static void row(Object... cells) {
		say("  %-18s %14s %20s", cells);
	}

	private static void say(String format, Object... values) {
		System.out.println(String.format(format, values));
	}

}
