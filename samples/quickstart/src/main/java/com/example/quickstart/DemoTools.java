package com.example.quickstart;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;

import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Future;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.stereotype.Component;

/**
 * The server's actions: plain beans, no protocol in sight.
 */
@Component
public class DemoTools {

	private static final List<String> WORDS = List.of("agents ", "talk ", "over ", "one ", "open ", "socket ", "and ",
			"listen ");

	@AgentTool(value = "weather.current", description = "Current weather of a city", readOnly = true, tags = "weather")
	Mono<Weather> currentWeather(@AgentParam(description = "Name of the city") String city, AgentExchange exchange) {
		if (city.equals("Springfield")) {
			// The tool waits for the answer, no thread does, and it is not run again.
			return exchange.ask("Which Springfield?", State.class).map((state) -> weather(city + ", " + state));
		}
		return Mono.just(weather(city));
	}

	static Weather weather(String city) {
		return new Weather(city, 21.5, "partly cloudy");
	}

	@AgentTool(value = "llm.tokens", description = "Writes a text, token by token; can be steered", readOnly = true)
	Flux<String> tokens(@AgentParam(description = "How many tokens", defaultValue = "24") int n,
			@AgentParam(description = "loudly or quietly") Flux<String> manner) {
		return Flux.interval(Duration.ofMillis(40))
			.onBackpressureDrop()
			.take(n)
			.map((i) -> WORDS.get((int) (i % WORDS.size())))
			.withLatestFrom(manner.startWith("quietly"),
					(word, how) -> how.equals("loudly") ? word.toUpperCase(Locale.ROOT) : word);
	}

	@AgentTool(value = "shop.enter", description = "Enters the shop, where there is more to do")
	void enterShop(AgentExchange exchange) {
		if (exchange.actions().find("shop.buy") == null) {
			exchange.actions()
				.add(Action.named("shop.buy")
					.description("Buys what is in the cart; only those who entered can")
					.handler((purchase) -> Mono.just("bought")));
		}
	}

	@AgentTool(value = "disk.free", description = "Free space of the temporary folder, read by a blocking call")
	long freeBytes() throws Exception {
		return Files.getFileStore(Path.of(System.getProperty("java.io.tmpdir"))).getUsableSpace();
	}

	@AgentTool(value = "table.book", description = "Books a table")
	String book(@Min(1) @Max(8) int guests, @Future LocalDate day, @Email String email) {
		return "A table for " + guests + " on " + day;
	}

	/**
	 * Weather of a city.
	 *
	 * @param city name of the city
	 * @param temperature degrees Celsius
	 * @param conditions in words
	 */
	public record Weather(String city, double temperature, String conditions) {

	}

	/**
	 * States with a Springfield.
	 */
	public enum State {

		ILLINOIS, OREGON

	}

}
