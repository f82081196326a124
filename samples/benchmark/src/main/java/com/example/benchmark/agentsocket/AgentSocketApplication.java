package com.example.benchmark.agentsocket;

import com.example.benchmark.PacedRequest;
import com.example.benchmark.TextRequest;
import com.example.benchmark.TokensRequest;
import com.example.benchmark.Weather;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.AgentTool.Blocking;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import reactor.core.publisher.Flux;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnExpression;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * The server of {@link AgentSocketContestant}.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration(excludeName = AgentSocketApplication.HTTP_OBSERVATIONS)
class AgentSocketApplication {

	/**
	 * Observations of HTTP requests, which would also need the meters of the Actuator.
	 */
	static final String HTTP_OBSERVATIONS = "org.springframework.boot.webflux.autoconfigure.WebFluxObservationAutoConfiguration";

	@Bean
	@ConditionalOnExpression("'${benchmark.direct}' != 'read-only'")
	TokenTools tokenTools() {
		return new TokenTools();
	}

	@Bean
	@ConditionalOnProperty(name = "benchmark.direct", havingValue = "read-only")
	ReadOnlyTokenTools readOnlyTokenTools() {
		return new ReadOnlyTokenTools();
	}

	@Bean
	@ConditionalOnProperty(name = "benchmark.direct", havingValue = "false")
	WeatherTools weatherTools() {
		return new WeatherTools();
	}

	@Bean
	@ConditionalOnProperty(name = "benchmark.direct", havingValue = "read-only")
	ReadOnlyWeatherTools readOnlyWeatherTools() {
		return new ReadOnlyWeatherTools();
	}

	@Bean
	@ConditionalOnProperty(name = "benchmark.direct", havingValue = "true")
	DirectWeatherTools directWeatherTools() {
		return new DirectWeatherTools();
	}

	/**
	 * Meters and observations as the Actuator makes them, for this server alone.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnProperty("benchmark.metered")
	static class Meters {

		@Bean
		MeterRegistry meters() {
			return new SimpleMeterRegistry();
		}

		@Bean
		ObservationRegistry observations(MeterRegistry meters) {
			ObservationRegistry registry = ObservationRegistry.create();
			registry.observationConfig().observationHandler(new DefaultMeterObservationHandler(meters));
			return registry;
		}

	}

	static final class TokenTools {

		@AgentTool("llm.tokens")
		Flux<String> tokens(int n) {
			return new TokensRequest(n).tokens();
		}

		@AgentTool("llm.paced")
		Flux<String> paced(int delay, int period) {
			return new PacedRequest(delay, period).items();
		}

	}

	static final class ReadOnlyTokenTools {

		@AgentTool(value = "llm.tokens", readOnly = true)
		Flux<String> tokens(int n) {
			return new TokensRequest(n).tokens();
		}

		@AgentTool(value = "llm.paced", readOnly = true)
		Flux<String> paced(int delay, int period) {
			return new PacedRequest(delay, period).items();
		}

	}

	static final class WeatherTools {

		@AgentTool("weather.current")
		Weather current(String city, String unit) {
			return Weather.of(city);
		}

		@AgentTool("text.get")
		String text(int length) {
			return new TextRequest(length).text();
		}

	}

	static final class ReadOnlyWeatherTools {

		@AgentTool(value = "weather.current", readOnly = true)
		Weather current(String city, String unit) {
			return Weather.of(city);
		}

		@AgentTool(value = "text.get", readOnly = true)
		String text(int length) {
			return new TextRequest(length).text();
		}

	}

	static final class DirectWeatherTools {

		@AgentTool(value = "weather.current", blocking = Blocking.NO)
		Weather current(String city, String unit) {
			return Weather.of(city);
		}

		@AgentTool(value = "text.get", blocking = Blocking.NO)
		String text(int length) {
			return new TextRequest(length).text();
		}

	}

}
