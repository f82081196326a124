package com.example.quickstart;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The application whose console is looked at: the tools of the quickstart, a thousand
 * actions, and whatever a console has to show.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({ DemoTools.class, ConsoleApplication.MoreTools.class })
class ConsoleApplication {

	/** Payloads of the events that have come. */
	static final BlockingQueue<Map<String, Object>> MOVES = new LinkedBlockingQueue<>();

	/** All actions are there before the first page connects. */
	@Bean
	SmartInitializingSingleton many(ActionCatalog catalog) {
		return () -> {
			for (int i = 1; i <= 1000; i++) {
				catalog.add(Action.named("bulk.%04d".formatted(i))
					.description("Action number " + i + " of a thousand")
					.handler((exchange) -> Mono.just("done")));
			}
			catalog.add(Action.named("hostile.action")
				.description("<img src=x onerror=\"document.title='owned'\"> [x](javascript:alert(1))")
				.input(Map.of("type", "object", "properties",
						Map.of("__proto__", Map.of("description", "<b>bold</b>"))))
				.handler((exchange) -> Mono.just(Map.of("text", "<script>document.title='owned'</script>", "link",
						"javascript:alert(1)", "__proto__", Map.of("owned", true)))));
			catalog.add(Action.named("hostile.form")
				.description("Takes thousands of arguments")
				.input(Map.of("type", "object", "properties",
						IntStream.range(0, 5000)
							.boxed()
							.collect(Collectors.toMap((i) -> "p" + i, (i) -> Map.of("type", "integer")))))
				.handler((exchange) -> Mono.justOrEmpty(exchange.<Map<String, Object>>arguments(Map.class))));
		};
	}

	static class MoreTools {

		@AgentTool(value = "numbers.count", description = "Counts")
		Flux<Integer> count(int n) {
			return Flux.range(1, n);
		}

		@AgentTool(value = "numbers.slow", description = "Counts, 50 a second")
		Flux<Long> slow(int n) {
			return Flux.interval(Duration.ofMillis(20)).onBackpressureBuffer().take(n).map((i) -> i + 1);
		}

		@AgentTool(value = "numbers.fast", description = "Counts, 10,000 a second")
		Flux<Map<String, Long>> fast(int n) {
			return Flux.interval(Duration.ofMillis(10))
				.onBackpressureBuffer()
				.concatMap((tick) -> Flux.range(0, 100).map((i) -> Map.of("number", tick * 100 + i)))
				.take(n);
		}

		@AgentTool(value = "disk.erase", description = "Erases a disk", destructive = true, approval = true)
		String erase(@AgentParam(description = "Name of the disk", defaultValue = "scratch") String disk,
				AgentExchange exchange) {
			return disk + " erased";
		}

		@AgentTool(value = "file.read", description = "Reads a file, piece by piece")
		Flux<byte[]> read() {
			return Flux.range(0, 3).map((piece) -> new byte[] { piece.byteValue(), (byte) 0xCA, (byte) 0xFE });
		}

		@AgentTool(value = "values.echo", description = "Gives back what it is given")
		Map<String, Object> echo(List<Object> values, @Nullable Map<String, Object> more,
				@Nullable Map<String, Object> nothing) {
			Map<String, Object> echo = new LinkedHashMap<>();
			echo.put("values", values);
			echo.put("nothing", nothing);
			echo.put("more", more);
			return echo;
		}

		@AgentTool(value = "file.wait", description = "Waits for ever")
		Mono<String> forEver() {
			return Mono.never();
		}

		@AgentTool(value = "news.send", description = "Sends an event")
		void send(String headline, AgentExchange exchange) {
			exchange.sendEvent("news.new", Map.of("headline", headline));
		}

		@AgentTool(value = "news.flood", description = "Sends events as fast as they go")
		void flood(int n, AgentExchange exchange) {
			for (int i = 1; i <= n; i++) {
				exchange.sendEvent("news.new", Map.of("headline", i));
			}
		}

		@AgentTool(value = "shop.close", description = "Closes the shop again")
		void close(AgentExchange exchange) {
			exchange.actions().remove("shop.buy");
		}

		@AgentTool(value = "shop.renew", description = "Changes what the shop says of itself")
		void renew(AgentExchange exchange) {
			exchange.actions()
				.replace(Action.named("shop.buy")
					.description("Buys twice as much")
					.handler((purchase) -> Mono.just("bought twice")));
		}

		@AgentEvent("cursor.moved")
		void moved(Map<String, Object> payload) {
			MOVES.add(payload);
		}

	}

}
