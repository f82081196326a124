package io.agentsocket.docs;

import java.time.Duration;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.Question;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.server.AgentSocket;
import io.agentsocket.server.AgentSocketOperations;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The code of {@code docs/duplex.md}.
 */
class DuplexSnippets {

	// tag::ask[]
	enum Springfield {

		ILLINOIS, OREGON

	}

	@AgentTool("weather.springfield")
	Mono<String> weather(AgentExchange exchange) {
		return exchange.ask("Which Springfield?", Springfield.class).map((state) -> "Sunny in " + state);
	}
	// end::ask[]

	// tag::outcome[]
	@AgentTool("weather.patient")
	Mono<String> patientWeather(AgentExchange exchange) {
		Question<Springfield> question = Question.of("Which Springfield?", Springfield.class);
		return exchange.ask(question.timeout(Duration.ofSeconds(30))).map((answer) -> switch (answer.outcome()) {
			case ANSWER -> "Sunny in " + answer.value();
			case DECLINE, CANCEL -> "Sunny somewhere";
			case TIMEOUT -> "Sunny, and nobody there";
		});
	}
	// end::outcome[]

	// tag::approve[]
	@AgentTool(value = "disk.format", description = "Erases a disk", destructive = true, approval = true)
	Mono<String> format(String disk) {
		return Mono.just("Erased " + disk);
	}
	// end::approve[]

	// tag::answer[]
	AgentSocketClient agentThatAnswers() {
		return AgentSocketClient.builder("ws://localhost:8080/agentsocket")
			.onQuestion((asked) -> Mono.just(Answer.of("OREGON")))
			.onApproval((request) -> Mono.just(request.action().equals("disk.format")))
			.build();
	}
	// end::answer[]

	// tag::offer[]
	record Location(double latitude, double longitude) {

	}

	record Precision(int digits) {

	}

	AgentSocketClient agentThatOffers() {
		return AgentSocketClient.builder("ws://localhost:8080/agentsocket")
			.offer("phone.location", Precision.class, (precision) -> Mono.just(new Location(52.52, 13.4)))
			.build();
	}

	@AgentTool("weather.here")
	Mono<String> weatherHere(AgentExchange exchange) {
		return exchange.invoke("phone.location")
			.arguments(new Precision(2))
			.timeout(Duration.ofSeconds(5))
			.toMono(Location.class)
			.map((location) -> "Sunny at " + location.latitude());
	}
	// end::offer[]

	// tag::reach[]
	Mono<Location> locate(AgentSocketOperations agents, String sessionId) {
		return agents.session(sessionId)
			.flatMap((agent) -> agent.invoke("phone.location").arguments(new Precision(2)).toMono(Location.class));
	}

	Mono<Void> tell(AgentSocketOperations agents) {
		return agents.principal("alice")
			.flatMap((agent) -> agent.sendEvent("mail.arrived", Map.of("from", "bob")))
			.then();
	}

	void tellAll(AgentSocketOperations agents) {
		agents.publish("news", "For everybody who subscribed to news");
	}
	// end::reach[]

	// tag::steer[]
	@AgentTool("essay.write")
	Flux<String> write(AgentExchange exchange, Flux<String> wishes) {
		Flux<String> words = Flux.interval(Duration.ofMillis(20)).onBackpressureDrop().map((i) -> "word ");
		return Flux.merge(words, wishes.map((wish) -> "(" + wish + ") ")).takeUntilOther(exchange.stopRequested());
	}

	Flux<String> steer(AgentSocketClient agent, Sinks.Many<String> wishes, Mono<Void> enough) {
		return agent.invoke("essay.write").items(wishes.asFlux()).stopWhen(enough).toFlux(String.class);
	}
	// end::steer[]

	// tag::progress[]
	@AgentTool("report.make")
	Mono<String> report(AgentExchange exchange) {
		return Flux.range(1, 10)
			.delayElements(Duration.ofMillis(100))
			.doOnNext((page) -> exchange.progress(page, 10.0, "page " + page))
			.then(Mono.just("10 pages"));
	}

	Mono<String> follow(AgentSocketClient agent) {
		return agent.invoke("report.make")
			.onProgress((progress) -> show(progress.done(), progress.total()))
			.toMono(String.class);
	}
	// end::progress[]

	private void show(double done, Double total) {
	}

	// tag::events[]
	Flux<String> news(AgentSocketClient agent) {
		return agent.events("news", String.class);
	}

	void report(AgentSocketClient agent) {
		agent.sendEvent("agent.mood", Map.of("mood", "busy"));
	}
	// end::events[]

	// tag::appear[]
	@AgentTool("shop.enter")
	void enter(AgentExchange exchange) {
		exchange.actions().replace(Action.named("shop.buy").handler((purchase) -> Mono.just("bought")));
	}

	void equip(AgentSocket agent) {
		agent.actions().replace(Action.named("vip.lounge").handler((visit) -> Mono.just("welcome")));
	}
	// end::appear[]

}
