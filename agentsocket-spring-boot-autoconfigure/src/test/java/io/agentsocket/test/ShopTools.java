package io.agentsocket.test;

import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.Answer;
import io.agentsocket.action.Question;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.NotBlank;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * The tools that testers are tried with.
 */
@AgentTool("shop")
class ShopTools {

	/** Items of {@link #watch()} as a test wants them. */
	final Sinks.Many<Integer> stock = Sinks.many().unicast().onBackpressureBuffer();

	final CountDownLatch watchCancelled = new CountDownLatch(1);

	record Order(String item, int count) {

	}

	@AgentTool(description = "Price of an item", readOnly = true, idempotent = true)
	int price(@NotBlank String item, @Max(100) int count) {
		return item.length() * count;
	}

	@AgentTool(description = "All items", readOnly = true)
	Flux<String> items() {
		return Flux.just("book", "pen", "cup");
	}

	@AgentTool(description = "Names in pieces")
	Flux<Order> orders(int count) {
		return Flux.range(1, count).map((number) -> new Order("book", number));
	}

	@AgentTool(description = "Forget everything", destructive = true)
	Mono<Void> clear() {
		return Mono.empty();
	}

	@AgentTool(description = "A list as one value")
	List<Order> basket() {
		return List.of(new Order("book", 1), new Order("pen", 2));
	}

	@AgentTool(description = "Fails")
	String fail(boolean own) {
		if (own) {
			throw new ActionException(1001, "Sold out").retryable();
		}
		throw new IllegalStateException("secret");
	}

	@AgentTool(description = "Asks how many")
	Mono<Order> buy(String item, AgentExchange exchange) {
		return exchange.ask(Question.of("How many of " + item + "?", Integer.class))
			.map(Answer::orElseThrow)
			.map((count) -> new Order(item, count));
	}

	@AgentTool(description = "Asks for approval", approval = true)
	Mono<String> order(String item) {
		return Mono.just("ordered " + item);
	}

	@AgentTool(description = "Numbers in stock as they change")
	Flux<Integer> watch() {
		return this.stock.asFlux().doOnCancel(this.watchCancelled::countDown);
	}

	@AgentTool(description = "Adds up what the caller sends")
	Mono<Integer> sum(Flux<Integer> numbers) {
		return numbers.reduce(0, Integer::sum);
	}

	@AgentTool(description = "Works until it is asked to stop")
	Mono<String> work(AgentExchange exchange) {
		exchange.progress(1, 2.0, "begun");
		return exchange.stopRequested().thenReturn("stopped");
	}

	@AgentTool(description = "Says who calls")
	String whoAmI(Principal principal) {
		return principal.getName();
	}

	@AgentTool(description = "Asks the caller's own action")
	Mono<String> relay(String text, AgentExchange exchange) {
		return exchange.invoke("agent.upper").arguments(Map.of("text", text)).toMono(String.class);
	}

	@AgentTool(description = "Answers late")
	Mono<String> late() {
		return Mono.delay(Duration.ofHours(1)).thenReturn("late");
	}

	@AgentTool(description = "Not for everybody")
	Mono<String> closed() {
		return Mono.error(new ActionException(ErrorCode.PERMISSION_DENIED, "Closed"));
	}

}
