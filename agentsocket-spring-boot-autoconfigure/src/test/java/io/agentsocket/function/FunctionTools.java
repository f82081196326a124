package io.agentsocket.function;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.Question;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.session.AgentSession;
import jakarta.validation.constraints.Min;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tools that show everything that a tool can do, in a function.
 */
class FunctionTools {

	final AtomicInteger produced = new AtomicInteger();

	final AtomicInteger cancelled = new AtomicInteger();

	final AtomicInteger runs = new AtomicInteger();

	/** Another test begins. */
	void reset() {
		this.produced.set(0);
		this.cancelled.set(0);
		this.runs.set(0);
	}

	@AgentTool
	String greet(String name, @Min(1) int times) {
		return ("Hello " + name + " ").repeat(times).strip();
	}

	@AgentTool
	void nothing() {
		this.runs.incrementAndGet();
	}

	@AgentTool
	Mono<String> empty() {
		return Mono.empty();
	}

	@AgentTool
	Flux<Integer> numbers() {
		return Flux.range(1, Integer.MAX_VALUE)
			.doOnNext((number) -> this.produced.incrementAndGet())
			.doOnCancel(this.cancelled::incrementAndGet);
	}

	@AgentTool
	Flux<String> words(int count) {
		return Flux.range(1, count).map((number) -> "wörd " + number + " ");
	}

	@AgentTool
	String hex(byte[] bytes) {
		return HexFormat.of().formatHex(bytes);
	}

	@AgentTool
	byte[] bytes(int count) {
		return new byte[count];
	}

	@AgentTool
	String large(int count) {
		return "x".repeat(count);
	}

	@AgentTool
	Flux<Integer> fails() {
		return Flux.just(1, 2).concatWith(Flux.error(new ActionException(300, "No paper").retryable()));
	}

	@AgentTool
	String breaks() {
		throw new IllegalStateException("secret of the implementation");
	}

	@AgentTool
	Mono<String> never() {
		return Mono.<String>never().doOnCancel(this.cancelled::incrementAndGet);
	}

	@AgentTool(timeout = "300ms")
	Mono<String> late() {
		return Mono.<String>never().doOnCancel(this.cancelled::incrementAndGet);
	}

	@AgentTool
	String who(AgentSession session) {
		return ((session.principal() != null) ? session.principal().getName() : "nobody") + " "
				+ session.agent().name();
	}

	@AgentTool("cart.add")
	Mono<Integer> add(String article, AgentSession session) {
		return session.<ArrayList<String>>updateAttribute("cart", listType(), (cart) -> {
			ArrayList<String> changed = (cart != null) ? new ArrayList<>(cart) : new ArrayList<>();
			changed.add(article);
			return changed;
		}).map(List::size);
	}

	@AgentTool("cart.clear")
	Mono<Void> clear(AgentSession session) {
		return session.setAttribute("cart", null);
	}

	@AgentTool("cart.break")
	Mono<String> breakCart(AgentSession session) {
		return session.setAttribute("cart", List.of("lost")).then(Mono.error(new ActionException(301, "broken")));
	}

	@AgentTool("cart.show")
	List<?> show(AgentSession session) {
		return session.attribute("cart", List.class).orElse(List.of());
	}

	@SuppressWarnings({ "unchecked", "rawtypes" })
	private static Class<ArrayList<String>> listType() {
		return (Class) ArrayList.class;
	}

	@AgentTool
	Mono<String> trip(AgentExchange exchange) {
		this.runs.incrementAndGet();
		exchange.sendEvent("trip.begun", "once");
		return exchange.ask("Where to?", String.class)
			.flatMap((place) -> exchange.ask("Which day in " + place + "?", Integer.class)
				.map((day) -> place + " " + day));
	}

	@AgentTool
	Flux<String> story(AgentExchange exchange) {
		return Flux.just("Once upön ", "a time ")
			.concatWith(exchange.ask("Who?", String.class).map((who) -> "there was " + who + "."));
	}

	@AgentTool
	Flux<Integer> steps(AgentExchange exchange) {
		return Flux.just(1, 2).concatWith(exchange.ask("On?", Boolean.class).map((on) -> on ? 3 : 4));
	}

	@AgentTool
	Mono<String> hurried(AgentExchange exchange) {
		return exchange.ask(Question.of("Quick?", String.class).timeout(Duration.ofMillis(200)))
			.map(Answer::outcome)
			.map(Answer.Outcome::name);
	}

	@AgentTool(approval = true, destructive = true)
	String wipe() {
		this.runs.incrementAndGet();
		return "wiped";
	}

	@AgentTool
	String reads(AgentExchange exchange) {
		exchange.progress(1, 4.0, "reading");
		return "read";
	}

	@AgentTool
	String grows(AgentExchange exchange) {
		exchange.actions().replace(Action.named("grown").handler((call) -> Mono.just("up")));
		return "ok";
	}

	@AgentTool
	Mono<String> calls(AgentExchange exchange) {
		return exchange.invoke("browser.open").toMono(String.class);
	}

}
