package io.agentsocket.autoconfigure.mcp;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServletAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.observation.McpMeters;
import io.agentsocket.servlet.McpServlet;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Applications that turn the MCP endpoint on, and one that does not.
 */
@ExtendWith(OutputCaptureExtension.class)
class McpApplicationTests {

	private static final String ENABLED = "--agentsocket.mcp.enabled=true";

	private static ConfigurableApplicationContext start(String... arguments) {
		List<String> all = new ArrayList<>(List.of("--server.port=0", "--server.address=127.0.0.1"));
		all.addAll(List.of(arguments));
		return new SpringApplicationBuilder(Application.class, Open.class).run(all.toArray(String[]::new));
	}

	private static HttpResponse<String> call(ConfigurableApplicationContext context, String path) throws Exception {
		URI uri = URI
			.create("http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port") + path);
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(uri)
				.header("Content-Type", "application/json")
				.header("MCP-Protocol-Version", "2025-11-25")
				.POST(BodyPublishers.ofString("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"method\":\"tools/call\","
						+ "\"params\":{\"name\":\"add\",\"arguments\":{\"a\":40,\"b\":2}}}"))
				.build(), BodyHandlers.ofString());
	}

	@Test
	void isOffByDefault() throws Exception {
		try (ConfigurableApplicationContext context = start()) {
			assertThat(call(context, "/mcp").statusCode()).isEqualTo(404);
		}
	}

	@Test
	void servesTheToolsOfTheApplication(CapturedOutput output) throws Exception {
		try (ConfigurableApplicationContext context = start(ENABLED)) {
			HttpResponse<String> answer = call(context, "/mcp");
			assertThat(answer.statusCode()).isEqualTo(200);
			assertThat(answer.body()).isEqualTo(
					"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"42\"}]}}");
			MeterRegistry registry = new SimpleMeterRegistry();
			context.getBean(McpMeters.class).bindTo(registry);
			assertThat(registry.get("agentsocket.mcp.calls.begun").functionCounter().count()).isOne();
			assertThat(registry.get("agentsocket.mcp.calls").gauge().value()).isZero();
		}
		assertThat(output).contains("MCP endpoint POST /mcp for the same actions");
	}

	@Test
	void isWhereItIsWanted() throws Exception {
		try (ConfigurableApplicationContext context = start(ENABLED, "--agentsocket.mcp.path=/tools",
				"--spring.webflux.base-path=/base")) {
			assertThat(call(context, "/base/tools").body()).contains("42");
		}
	}

	@Test
	void doesNotStartAtAPathOfTheActuator() {
		assertThatException().isThrownBy(() -> start(ENABLED, "--agentsocket.mcp.path=/actuator/health"))
			.withStackTraceContaining("The path '/actuator/health' of the MCP endpoint is also mapped to");
	}

	@Test
	void isAServletInAServletApplication() {
		new WebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AgentSocketMcpAutoConfiguration.class))
			.withPropertyValues("agentsocket.mcp.enabled=true")
			.run((context) -> assertThat(context).doesNotHaveBean(McpEndpoint.class));
		new WebApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentSocketAutoConfiguration.class, AgentSocketActionAutoConfiguration.class,
							AgentSocketSessionAutoConfiguration.class, AgentSocketServerAutoConfiguration.class,
							AgentSocketServletAutoConfiguration.class, AgentSocketMcpAutoConfiguration.class))
			.withPropertyValues("agentsocket.mcp.enabled=true", "agentsocket.mcp.path=/tools")
			.run((context) -> {
				ServletRegistrationBean<?> registration = context.getBean("io.agentsocket.mcpServletRegistration",
						ServletRegistrationBean.class);
				assertThat(registration.getServlet()).isInstanceOf(McpServlet.class);
				assertThat(registration.getUrlMappings()).containsExactly("/tools");
				assertThat(registration.isAsyncSupported()).isTrue();
			});
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Object calculator() {
			return new Calculator();
		}

	}

	/** Everybody may call, and nobody has a token against forged requests. */
	@Configuration(proxyBeanMethods = false)
	static class Open {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll())
				.build();
		}

	}

	static class Calculator {

		@AgentTool("add")
		Mono<Integer> add(int a, int b) {
			return Mono.just(a + b);
		}

	}

}
