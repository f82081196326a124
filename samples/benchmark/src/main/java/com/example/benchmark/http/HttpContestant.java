package com.example.benchmark.http;

import com.example.benchmark.BootServer;
import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.PacedRequest;
import com.example.benchmark.Server;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import com.example.benchmark.WeatherRequest;
import reactor.core.publisher.Flux;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/**
 * JSON over HTTP by WebFlux, tokens as server-sent events; called by a {@code WebClient}.
 */
public final class HttpContestant implements Contestant {

	@Override
	public Server serve() {
		return BootServer.start(Application.class);
	}

	@Override
	public Connection connect(int port) {
		return new HttpConnection(port);
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Actions actions() {
			return new Actions();
		}

	}

	/** Methods of a controller run on the event loop. */
	@RestController
	static class Actions {

		@PostMapping("/weather/current")
		Weather current(@RequestBody WeatherRequest request) {
			return Weather.of(request.city());
		}

		@PostMapping(path = "/llm/tokens", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<String> tokens(@RequestBody TokensRequest request) {
			return request.tokens();
		}

		@PostMapping(path = "/llm/paced", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
		Flux<String> paced(@RequestBody PacedRequest request) {
			return request.items();
		}

	}

}
