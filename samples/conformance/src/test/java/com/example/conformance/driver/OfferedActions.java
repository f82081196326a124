package com.example.conformance.driver;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import com.example.conformance.wire.Values;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ResultShape;
import io.agentsocket.protocol.ActionException;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The actions that the client of a case offers, and what happened to them.
 */
final class OfferedActions {

	private static final Map<String, Object> ANYTHING = Map.of();

	private final Map<String, Integer> counts = new ConcurrentHashMap<>();

	int count(String action, String what) {
		return this.counts.getOrDefault(what + " " + action, 0);
	}

	private void note(String action, String what) {
		this.counts.merge(what + " " + action, 1, Integer::sum);
	}

	Action action(Map<?, ?> entry) {
		String name = String.valueOf(entry.get("name"));
		String does = String.valueOf(entry.get("does"));
		Action.Builder builder = (entry.get("descriptor") instanceof Map<?, ?> descriptor)
				? ActionDescriptor.from(descriptor).withName(name).toAction((exchange) -> Mono.empty()).mutate()
				: Action.named(name);
		builder.result(switch (does) {
			case "count", "steps" -> ResultShape.ITEMS;
			case "text" -> ResultShape.TEXT;
			case "bytes" -> ResultShape.BYTES;
			case "nothing" -> ResultShape.NONE;
			default -> ResultShape.VALUE;
		});
		if (does.equals("sum")) {
			builder.items(ANYTHING);
		}
		return builder.handler((exchange) -> Flux.<Object>from(results(does, exchange))
			.doOnSubscribe((begun) -> note(name, "started"))
			.doOnComplete(() -> note(name, "ended"))
			.doOnError((error) -> note(name, "ended"))
			.doOnCancel(() -> note(name, "cancelled")));
	}

	private static Publisher<?> results(String does, AgentExchange exchange) {
		Map<?, ?> arguments = exchange.<Map<?, ?>>arguments(Map.class);
		return switch (does) {
			case "echo" -> Mono.just(arguments);
			case "add" -> Mono.just(number(arguments, "a") + number(arguments, "b"));
			case "nothing" -> Mono.empty();
			case "count" -> Flux.range(1, number(arguments, "to"));
			case "text" -> Flux.fromIterable((List<?>) arguments.get("pieces"));
			case "bytes" -> Mono.just(Values.pattern(0, number(arguments, "size")));
			case "sum" -> exchange.inbound(Long.class).reduce(0L, Long::sum);
			case "fail" -> Mono.error(failure(arguments));
			case "crash" -> Mono.error(new IllegalStateException("The secret of this action"));
			case "hang" -> hang(exchange);
			case "steps" -> Flux.interval(Duration.ofMillis(10))
				.onBackpressureDrop()
				.<Object>map((tick) -> tick + 1)
				.takeUntilOther(exchange.stopRequested())
				.concatWith(Mono.just("stopped"));
			case "progress" -> Mono.fromSupplier(() -> {
				exchange.progress(1, 2.0, "half");
				exchange.progress(2, 2.0, "done");
				return "done";
			});
			case "call" -> exchange.invoke(String.valueOf(arguments.get("action")))
				.arguments(arguments.get("arguments"))
				.toMono(Object.class)
				.onErrorMap(ActionException.class, ActionException::asOwn);
			default -> throw new StepFailed("unknown behaviour " + does);
		};
	}

	private static Mono<Object> hang(AgentExchange exchange) {
		return Mono.defer(() -> {
			exchange.progress(0, null, "hanging");
			return Mono.never();
		});
	}

	private static ActionException failure(Map<?, ?> arguments) {
		ActionException error = new ActionException(number(arguments, "code"), String.valueOf(arguments.get("text")));
		return (arguments.get("retryable") == Boolean.TRUE) ? error.retryable() : error;
	}

	private static int number(Map<?, ?> arguments, String name) {
		return ((Number) arguments.get(name)).intValue();
	}

}
