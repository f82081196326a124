package io.agentsocket.mcp;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.NotBlank;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Tools of all kinds, and what has become of their calls.
 */
class McpTools {

	final AtomicInteger runs = new AtomicInteger();

	final Queue<String> events = new ConcurrentLinkedQueue<>();

	record Weather(String city, double degrees) {
	}

	record Trip(String city, int days) {
	}

	@AgentTool(value = "weather", title = "Weather", description = "The weather of a city", readOnly = true)
	Mono<Weather> weather(@NotBlank String city) {
		return Mono.just(new Weather(city, 21.5));
	}

	@AgentTool("greet/loudly")
	String greet(String name) {
		return "Hello \"" + name + "\"\n\u00e4\ud83d\ude00";
	}

	@AgentTool("count")
	Flux<Integer> count(@Max(1000) int to) {
		return Flux.range(1, to);
	}

	@AgentTool("write")
	Flux<String> write() {
		return Flux.just("Once ", "upon ", "a time");
	}

	@AgentTool("picture")
	byte[] picture() {
		return new byte[] { (byte) 0x89, 'P', 'N', 'G', 1, 2, 3 };
	}

	@AgentTool("nothing")
	void nothing() {
		this.runs.incrementAndGet();
	}

	@AgentTool("fail")
	Mono<String> fail(String how) {
		if (how.equals("told")) {
			throw new ActionException(ErrorCode.FAILED_PRECONDITION, "The door is closed").retryable();
		}
		throw new IllegalStateException("secret");
	}

	@AgentTool("progress")
	Mono<String> progress(AgentExchange exchange) {
		exchange.progress(1, 3d, "one");
		exchange.progress(2.5, 3d, "two");
		return Mono.just("done");
	}

	@AgentTool("wrong/progress")
	Mono<String> wrongProgress(AgentExchange exchange) {
		exchange.progress(Double.NaN, null, "none");
		exchange.progress(Double.POSITIVE_INFINITY, 3d, "none");
		exchange.progress(2, Double.NaN, "two");
		return Mono.just("done");
	}

	@AgentTool("forever")
	Mono<String> forever() {
		return Mono.<String>never()
			.doOnSubscribe((subscription) -> this.events.add("begun"))
			.doOnCancel(() -> this.events.add("cancelled"));
	}

	@AgentTool("ticks")
	Flux<Long> ticks() {
		return Flux.interval(Duration.ofMillis(20)).doOnCancel(() -> this.events.add("cancelled"));
	}

	@AgentTool("large")
	Flux<String> large() {
		return Flux.just("x".repeat(10_000)).repeat();
	}

	@AgentTool("who")
	String who(AgentExchange exchange) {
		return (exchange.principal() != null) ? exchange.principal().getName() : "nobody";
	}

	@AgentTool("book")
	Mono<String> book(String from, AgentExchange exchange) {
		this.runs.incrementAndGet();
		return exchange.ask("Where to?", Trip.class)
			.flatMap((trip) -> exchange.ask("Really?", Boolean.class)
				.map((sure) -> from + "-" + trip.city() + " " + trip.days() + " " + sure));
	}

	@AgentTool("both")
	Mono<List<String>> both(AgentExchange exchange) {
		return Mono.zip(exchange.ask("First?", String.class), exchange.ask("Second?", String.class))
			.map((answers) -> List.of(answers.getT1(), answers.getT2()));
	}

	@AgentTool(value = "erase", destructive = true, approval = true)
	String erase(String what) {
		this.runs.incrementAndGet();
		return "erased " + what;
	}

}
