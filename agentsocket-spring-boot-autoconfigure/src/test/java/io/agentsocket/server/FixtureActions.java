package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentsocket.action.Action;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The actions that the golden vectors speak of, and a few more for clients that are tried
 * out against a server.
 */
final class FixtureActions {

	private static final Map<String, Object> ANYTHING = Map.of();

	private FixtureActions() {
	}

	static Action[] all() {
		return new Action[] {
				Action.named("test.hold").items(ANYTHING).result(ResultShape.ITEMS).handler((exchange) -> Flux.never()),
				Action.named("test.slow").result(ResultShape.ITEMS).handler((exchange) -> Flux.never()),
				Action.named("test.ask")
					.handler((exchange) -> exchange.invoke("as.ask")
						.arguments(Map.of("prompt", "Which?"))
						.toMono(Object.class)),
				Action.named("test.echo")
					.handler((exchange) -> Mono.justOrEmpty(exchange.<Object>arguments(Object.class))),
				Action.named("test.void").result(ResultShape.NONE).handler((exchange) -> Mono.empty()),
				Action.named("test.fail").handler((exchange) -> Mono.error(new IllegalStateException("secret"))),
				Action.named("test.refuse").handler((exchange) -> Mono.error(new ActionException(300, "no"))),
				Action.named("test.count")
					.result(ResultShape.ITEMS)
					.handler((exchange) -> Flux.range(0, exchange.<Count>arguments(Count.class).n())),
				Action.named("test.tokens")
					.result(ResultShape.TEXT)
					.handler((exchange) -> Flux.range(0, exchange.<Count>arguments(Count.class).n())
						.map((i) -> "tok" + i + " ")),
				Action.named("test.ticks")
					.result(ResultShape.TEXT)
					.handler((exchange) -> Flux.interval(Duration.ofMillis(20))
						.onBackpressureDrop()
						.map((i) -> "tick" + i + " ")
						.take(exchange.<Count>arguments(Count.class).n())
						.takeUntilOther(exchange.stopRequested())),
				Action.named("test.bytes")
					.result(ResultShape.BYTES)
					.handler((exchange) -> Flux.range(0, exchange.<Count>arguments(Count.class).n())
						.map((i) -> new byte[1000])),
				Action.named("test.sum")
					.items(Map.of("type", "integer"))
					.handler((exchange) -> exchange.inbound(Integer.class).reduce(0, Integer::sum)),
				Action.named("test.progress")
					.handler((exchange) -> Flux.range(1, 3)
						.delayElements(Duration.ofMillis(20))
						.doOnNext((i) -> exchange.progress(i, 3.0, "step " + i))
						.then(Mono.just("done"))),
				Action.named("test.call")
					.handler((exchange) -> exchange.invoke("client.double")
						.arguments(Map.of("n", 21))
						.toMono(Integer.class)),
				Action.named("test.large")
					.handler((exchange) -> Mono
						.fromSupplier(() -> "x".repeat(exchange.<Count>arguments(Count.class).n()))),
				Action.named("test.list").handler((exchange) -> Mono.just(List.of(1, 2, 3))) };
	}

	record Count(int n) {

	}

}
