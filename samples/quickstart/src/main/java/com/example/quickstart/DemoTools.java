package com.example.quickstart;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;

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

	private static final Map<String, Weather> WEATHER = Map.of("Berlin", new Weather("Berlin", 21.5, "partly cloudy"),
			"Oslo", new Weather("Oslo", 14.0, "rain"));

	@AgentTool(value = "weather.current", description = "Current weather of a city", readOnly = true, tags = "weather")
	Mono<Weather> currentWeather(@AgentParam(description = "Name of the city") String city) {
		return Mono.justOrEmpty(WEATHER.get(city));
	}

	@AgentTool(value = "llm.tokens", description = "Writes a text, token by token", readOnly = true)
	Flux<String> tokens(@AgentParam(description = "How many tokens", defaultValue = "24") int n) {
		List<String> words = List.of("agents ", "talk ", "over ", "one ", "open ", "socket ", "and ", "listen ");
		return Flux.interval(Duration.ofMillis(40)).take(n).map((i) -> words.get((int) (i % words.size())));
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

}
