package io.agentsocket.compatibility;

import java.time.Duration;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentTool;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

/**
 * The application of a pod, which is compiled with the present build and runs with an
 * older one, too: it uses nothing that is younger.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class UpgradePod {

	private static final Log logger = LogFactory.getLog(UpgradePod.class);

	/** Before the port of the pod, in a line of its output. */
	static final String PORT = "The pod listens on port ";

	public static void main(String[] args) {
		ConfigurableApplicationContext context = SpringApplication.run(UpgradePod.class, args);
		logger.info(PORT + context.getEnvironment().getProperty("local.server.port"));
	}

	@Bean
	SecurityWebFilterChain everybody(ServerHttpSecurity http) {
		return http.authorizeExchange((exchange) -> exchange.anyExchange().permitAll())
			.csrf((csrf) -> csrf.disable())
			.build();
	}

	@Bean
	PodTools podTools(@Value("${pod.build}") String build) {
		return new PodTools(build);
	}

	@AgentTool("pod")
	static class PodTools {

		private final String build;

		PodTools(String build) {
			this.build = build;
		}

		@AgentTool(description = "The build that runs this", readOnly = true)
		Mono<String> build() {
			return Mono.just(this.build);
		}

		@AgentTool(description = "Counts without end")
		Flux<Long> count() {
			return Flux.interval(Duration.ofMillis(20)).onBackpressureBuffer();
		}

		@AgentTool(description = "Asks for a name")
		Mono<String> greet(AgentExchange exchange) {
			return exchange.ask("Who?", String.class).map((name) -> this.build + " greets " + name);
		}

		@AgentTool(description = "Keeps a text")
		Mono<Void> keep(String text, AgentExchange exchange) {
			return exchange.session().setAttribute("text", text);
		}

		@AgentTool(description = "The text that was kept", readOnly = true)
		Mono<String> kept(AgentExchange exchange) {
			return Mono.justOrEmpty(exchange.session().attribute("text", String.class));
		}

	}

}
