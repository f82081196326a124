package io.agentsocket.autoconfigure.function;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.Await;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServletAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.function.FunctionEndpoint;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.relay.WebhookSignature;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.tool.ToolSchemaCustomizer;
import org.junit.jupiter.api.Test;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The property that makes an application a function.
 */
class FunctionModeTests {

	private static final String SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

	private static final String ENABLED = "agentsocket.function.enabled=true";

	private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(AgentSocketAutoConfiguration.class,
			AgentSocketActionAutoConfiguration.class, AgentSocketFunctionAutoConfiguration.class,
			AgentSocketSessionAutoConfiguration.class, AgentSocketServerAutoConfiguration.class,
			AgentSocketServletAutoConfiguration.class);

	@Test
	void applicationWithWebFluxAnswersRequestsAndHasNoSocket() throws Exception {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.REACTIVE)
			.run("--server.port=0", "--server.address=127.0.0.1", "--" + ENABLED,
					"--agentsocket.function.secrets=" + SECRET)) {
			assertThat(context.getBeansOfType(AgentSocketServer.class)).isEmpty();
			String address = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
			assertThat(post(address + "/function", true).body()).contains("\"Hello\"");
			assertThat(post(address + "/function/tools", true).statusCode()).isEqualTo(200);
			assertThat(post(address + "/function", false).statusCode()).isEqualTo(401);
			assertThat(post(address + "/functions", true).statusCode()).isEqualTo(404);
			assertThat(post(address + "/agentsocket", true).statusCode()).isEqualTo(404);
		}
	}

	/** A function starts for one invocation, which needs no schema. */
	@Test
	void schemasOfAFunctionAreMadeWhenTheyAreAskedFor() {
		AtomicInteger made = new AtomicInteger();
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withConfiguration(AutoConfigurations.of(AgentSocketToolAutoConfiguration.class))
			.withBean(Tools.class)
			.withBean(ToolSchemaCustomizer.class, () -> (builder) -> made.incrementAndGet())
			.withPropertyValues(ENABLED, "agentsocket.function.secrets=" + SECRET)
			.run((context) -> {
				assertThat(made).hasValue(0);
				Map<String, Object> input = context.getBean(ActionCatalog.class).find("greet").input();
				assertThat(input).containsEntry("type", "object").containsEntry("additionalProperties", false);
				assertThat(made).hasPositiveValue();
			});
	}

	private static HttpResponse<String> post(String address, boolean signed) throws Exception {
		String body = "{\"v\":1,\"type\":\"invoke\",\"action\":\"greet\"}";
		String id = WebhookSignature.newId();
		long now = Instant.now().getEpochSecond();
		String signature = new WebhookSignature(java.util.List.of(SECRET)).sign(id, now, Bytes.utf8(body));
		HttpRequest request = HttpRequest.newBuilder(URI.create(address))
			.header("content-type", "application/json")
			.header("webhook-id", id)
			.header("webhook-timestamp", String.valueOf(now))
			.header("webhook-signature", signed ? signature : "v1,AAAA")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build();
		return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
	}

	@Test
	void servletApplicationHasTheEndpointBelowItsPath() {
		new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues(ENABLED, "agentsocket.function.secrets=" + SECRET, "agentsocket.function.path=/api")
			.run((context) -> {
				assertThat(context).hasNotFailed().doesNotHaveBean(AgentSocketServer.class);
				ServletRegistrationBean<?> registration = context.getBean(ServletRegistrationBean.class);
				assertThat(registration.getUrlMappings()).containsExactly("/api/*");
				assertThat(registration.isAsyncSupported()).isTrue();
			});
	}

	@Test
	void applicationWithoutTheWebHasTheEndpointForOthers() {
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues(ENABLED, "agentsocket.function.unsigned=true")
			.run((context) -> assertThat(context).hasSingleBean(FunctionEndpoint.class));
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.run((context) -> assertThat(context).doesNotHaveBean(FunctionEndpoint.class));
	}

	@Test
	void requestsOfLambdaAreTakenFromItsRuntimeApi() {
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues(ENABLED, "agentsocket.function.unsigned=true", "agentsocket.function.lambda=true",
					"AWS_LAMBDA_RUNTIME_API=127.0.0.1:9")
			.withBean(LambdaLifecycle.End.class, () -> () -> {
			})
			.run((context) -> assertThat(context.getBean(LambdaLifecycle.class).isRunning()).isTrue());
	}

	@Test
	void processEndsWhenTheRuntimeApiIsGone() {
		CountDownLatch ended = new CountDownLatch(1);
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues(ENABLED, "agentsocket.function.unsigned=true", "agentsocket.function.lambda=true",
					"AWS_LAMBDA_RUNTIME_API=127.0.0.1:9")
			.withBean(LambdaLifecycle.End.class, () -> ended::countDown)
			.run((context) -> Await.until(ended));
	}

	@Test
	void mistakesStopTheStartAndShowNoSecret() {
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues(ENABLED)
			.run((context) -> assertThat(failure(context.getStartupFailure())).contains("agentsocket.function.secrets",
					"agentsocket.function.unsigned=true"));
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues(ENABLED, "agentsocket.function.secrets=" + SECRET, "agentsocket.function.unsigned=true")
			.run((context) -> assertThat(failure(context.getStartupFailure())).contains("agentsocket.function.unsigned")
				.doesNotContain(SECRET));
		new ApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues(ENABLED, "agentsocket.function.secrets=hidden", "agentsocket.function.path=/",
					"agentsocket.function.heartbeat=1m")
			.run((context) -> assertThat(failure(context.getStartupFailure()))
				.contains("agentsocket.function.secrets", "agentsocket.function.path", "agentsocket.function.heartbeat")
				.doesNotContain("hidden"));
	}

	private static String failure(Throwable failure) {
		Throwable cause = failure;
		while (cause.getCause() != null) {
			cause = cause.getCause();
		}
		return cause.toString();
	}

	@Test
	void portIsThatOfThePlatform() {
		MockEnvironment environment = new MockEnvironment().withProperty("agentsocket.function.enabled", "true");
		new PlatformDefaults().postProcessEnvironment(environment, new SpringApplication());
		assertThat(environment.getProperty("server.port")).isEqualTo("8080");
		environment.setProperty("PORT", "8081");
		assertThat(environment.getProperty("server.port")).isEqualTo("8081");
		environment.setProperty("FUNCTIONS_CUSTOMHANDLER_PORT", "8082");
		assertThat(environment.getProperty("server.port")).isEqualTo("8082");
		environment.setProperty("server.port", "8083");
		assertThat(environment.getProperty("server.port")).isEqualTo("8083");
		StandardEnvironment other = new StandardEnvironment();
		new PlatformDefaults().postProcessEnvironment(other, new SpringApplication());
		assertThat(other.getPropertySources().contains("agentSocketPlatformDefaults")).isFalse();
	}

	@Test
	void functionThatLambdaFeedsHasNoWebServer() {
		SpringApplicationBuilder builder = new SpringApplicationBuilder(Bare.class)
			.properties("AWS_LAMBDA_RUNTIME_API=127.0.0.1:9")
			.initializers((context) -> context.getBeanFactory().registerSingleton("end", (LambdaLifecycle.End) () -> {
			}));
		try (ConfigurableApplicationContext context = builder.run("--" + ENABLED,
				"--agentsocket.function.unsigned=true", "--agentsocket.function.lambda=true")) {
			assertThat(context.getEnvironment().getProperty("local.server.port")).isNull();
			assertThat(context.getBean(LambdaLifecycle.class).isRunning()).isTrue();
		}
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Tools tools() {
			return new Tools();
		}

		@Bean
		SecurityWebFilterChain securityWebFilterChain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll())
				.csrf(ServerHttpSecurity.CsrfSpec::disable)
				.build();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Bare {

	}

	static class Tools {

		@AgentTool(description = "Greets")
		String greet() {
			return "Hello";
		}

	}

}
