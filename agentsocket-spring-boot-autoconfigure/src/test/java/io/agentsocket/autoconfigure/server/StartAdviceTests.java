package io.agentsocket.autoconfigure.server;

import java.util.concurrent.Executor;

import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentToolsCustomizer;
import io.agentsocket.autoconfigure.Failures;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.console.AgentSocketConsoleAutoConfiguration;
import io.agentsocket.autoconfigure.mcp.AgentSocketMcpAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.codec.Codec;
import io.agentsocket.server.HelloAuthenticator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webflux.autoconfigure.HttpHandlerAutoConfiguration;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reports at the start of an application with a mistake; natural names are no mistake.
 */
@ExtendWith(OutputCaptureExtension.class)
class StartAdviceTests {

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(WebFluxAutoConfiguration.class, HttpHandlerAutoConfiguration.class,
				AgentSocketAutoConfiguration.class, AgentSocketActionAutoConfiguration.class,
				AgentSocketSessionAutoConfiguration.class, AgentSocketToolAutoConfiguration.class,
				AgentSocketServerAutoConfiguration.class))
		.withPropertyValues("server.address=127.0.0.1");

	@Test
	void aDrainThatIsLongerThanThePhaseOfTheShutdown(CapturedOutput output) {
		this.runner.withPropertyValues("agentsocket.server.drain-timeout=40s")
			.run((context) -> assertThat(output).contains("agentsocket.server.drain-timeout (40000ms)")
				.contains("spring.lifecycle.timeout-per-shutdown-phase (30000ms)"));
		this.runner
			.withPropertyValues("agentsocket.server.drain-timeout=20s",
					"spring.lifecycle.timeout-per-shutdown-phase=15s")
			.run((context) -> assertThat(output).contains("drain-timeout (20000ms)"));
	}

	@Test
	void nothingIsSaidWhenNothingIsWrong(CapturedOutput output) {
		this.runner.withBean(Described.class)
			.withPropertyValues("agentsocket.server.drain-timeout=20s")
			.run((context) -> assertThat(output).doesNotContain("WARN"));
	}

	@Test
	void agentsThatNeedNoAuthentication(CapturedOutput output) {
		String warning = "Agents need no authentication";
		HelloAuthenticator authenticator = (token, handshake) -> Mono.empty();
		this.runner.withPropertyValues("server.address=0.0.0.0")
			.withBean(HelloAuthenticator.class, () -> authenticator)
			.run((context) -> assertThat(output).doesNotContain(warning));
		this.runner.withPropertyValues("server.address=0.0.0.0")
			.run((context) -> assertThat(output).contains(warning).contains("server.address=127.0.0.1"));
	}

	@Test
	void onLoopbackALineSaysThatAgentsAreNotAuthenticated(CapturedOutput output) {
		this.runner.run((context) -> assertThat(output).containsOnlyOnce("Agents are not authenticated")
			.doesNotContain("WARN"));
	}

	@Test
	void blockingToolsThatRunOnThreadsOfReactor(CapturedOutput output) {
		ReactiveWebApplicationContextRunner own = this.runner
			.withConfiguration(AutoConfigurations.of(TaskExecutionAutoConfiguration.class))
			.withBean("mine", Executor.class, () -> Runnable::run);
		own.withPropertyValues("spring.task.execution.mode=force")
			.run((context) -> assertThat(output).doesNotContain("Blocking tools run"));
		own.withBean(AgentToolsCustomizer.class, () -> (builder) -> builder.executor(Runnable::run))
			.run((context) -> assertThat(output).doesNotContain("Blocking tools run"));
		this.runner.run((context) -> assertThat(output).doesNotContain("Blocking tools run"));
		own.run((context) -> assertThat(output)
			.containsOnlyOnce("Blocking tools run on threads of Reactor (boundedElastic): there is no "
					+ "applicationTaskExecutor beside the bean mine. Set spring.task.execution.mode=force"));
	}

	@Test
	void aRateOfNoAction(CapturedOutput output) {
		String rates = "agentsocket.server.bounds.tool-invocations-per-second.";
		this.runner.withBean(Described.class)
			.withPropertyValues(rates + "hello=5")
			.run((context) -> assertThat(output).doesNotContain("WARN"));
		this.runner.withBean(Described.class)
			.withPropertyValues(rates + "hello=5", rates + "shop/find=5", rates + "[shop/list]=5")
			.run((context) -> assertThat(output)
				.containsOnlyOnce("names what is no action so far: shop/list, shopfind. A name with other characters"));
	}

	@Test
	void pathsHaveTheBasePathInFront(CapturedOutput output) {
		ReactiveWebApplicationContextRunner all = this.runner
			.withConfiguration(AutoConfigurations.of(AgentSocketMcpAutoConfiguration.class,
					AgentSocketConsoleAutoConfiguration.class))
			.withPropertyValues("agentsocket.mcp.enabled=true", "agentsocket.console.enabled=true");
		all.withPropertyValues("spring.webflux.base-path=/api")
			.run((context) -> assertThat(output).contains("endpoint WebSocket /api/agentsocket with",
					"MCP endpoint POST /api/mcp for", "at /api/agentsocket/console"));
		all.withPropertyValues("spring.webflux.base-path=own/")
			.run((context) -> assertThat(output).contains("endpoint WebSocket /own/agentsocket with"));
	}

	@Test
	void anEndpointThatIsStartedAgainSaysThatItRefuses(CapturedOutput output) {
		this.runner.withConfiguration(AutoConfigurations.of(AgentSocketMcpAutoConfiguration.class))
			.withPropertyValues("agentsocket.mcp.enabled=true")
			.run((context) -> {
				ConfigurableApplicationContext own = (ConfigurableApplicationContext) context
					.getSourceApplicationContext();
				assertThat(output).doesNotContain("refuses");
				own.stop();
				own.start();
				assertThat(output).containsOnlyOnce("Agent Socket endpoint WebSocket /agentsocket refuses all agents")
					.containsOnlyOnce("Agent Socket endpoint WebSocket /agentsocket with")
					.containsOnlyOnce("MCP endpoint POST /mcp refuses all requests")
					.containsOnlyOnce("MCP endpoint POST /mcp for");
			});
	}

	@Test
	void actionsWithoutADescriptionAndClassesWithoutATool(CapturedOutput output) {
		this.runner.withBean(Bare.class)
			.withBean(NoTool.class)
			.run((context) -> assertThat(output).contains("Actions without a description")
				.contains(": bare. ")
				.contains("NoTool is annotated with @AgentTool and none of its methods is"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "example.com", "localhost:3000", "//example.com", "https://example.com/app",
			"wss://example.com", "https://" })
	void anOriginThatWouldNeverMatch(String origin) {
		for (String name : new String[] { "allowed-origins", "allowed-origin-patterns" }) {
			this.runner.withPropertyValues("agentsocket.server." + name + "=https://right.example," + origin)
				.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
					.isEqualTo("agentsocket.server." + name));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://example.com", "http://localhost:3000", "https://*.example.com", "*", "null",
			"https://*.example.com:[8080,8081]", "chrome-extension://abcdef" })
	void anOriginThatMatches(String origin) {
		this.runner.withPropertyValues("agentsocket.server.allowed-origin-patterns[0]=" + origin)
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://example.com", "example.com:80", "a/b", "*", "a b" })
	void aHostThatWouldNeverMatch(String host) {
		this.runner.withPropertyValues("agentsocket.server.allowed-hosts[0]=" + host)
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.server.allowed-hosts"));
	}

	@Test
	void classesOfTheApplicationMayHaveNaturalNames() {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(AgentSocketServer.class,
				AgentSocket.class, AgentSocketServerSettings.class, AgentSocketHandlerMapping.class,
				AgentSocketWebHandler.class, AgentTools.class, ActionCatalog.class, ActionRanking.class,
				AgentSocketClient.class, AgentSocketJsonCodec.class, AgentSessionStore.class,
				AgentSocketOperations.class, AgentEventListeners.class, ActionRegistration.class)
			.run("--server.port=0", "--server.address=127.0.0.1", "--agentsocket.session.store=memory")) {
			assertThat(context.getBean("io.agentsocket.handlerMapping")).isNotNull();
			assertThat(context.getBeansOfType(Codec.class)).hasSize(2);
			// The health endpoint shows a contributor under the name of its bean.
			assertThat(context.getBeanDefinitionNames()).filteredOn((name) -> isOurs(context, name))
				.hasSizeGreaterThan(20)
				.allMatch((name) -> name.startsWith("io.agentsocket.") || name.equals("agentSocketHealthContributor"));
		}
	}

	/** Whether a method of our configuration makes the bean. */
	private static boolean isOurs(ConfigurableApplicationContext context, String name) {
		BeanDefinition definition = context.getBeanFactory().getBeanDefinition(name);
		String factory = (definition.getFactoryBeanName() != null) ? definition.getFactoryBeanName()
				: definition.getBeanClassName();
		return definition.getFactoryMethodName() != null && String.valueOf(factory).startsWith("io.agentsocket.");
	}

	static class Described {

		@AgentTool(description = "Says hello.")
		String hello() {
			return "hello";
		}

	}

	static class Bare {

		@AgentTool
		String bare() {
			return "bare";
		}

	}

	@AgentTool("group")
	static class NoTool {

		String hello() {
			return "hello";
		}

	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class AgentSocketServer {

	}

	@Component("agentSocket")
	static class AgentSocket {

	}

	@Component("agentSocketServerSettings")
	static class AgentSocketServerSettings {

	}

	@Component("agentSocketHandlerMapping")
	static class AgentSocketHandlerMapping {

	}

	@Component("agentSocketWebHandler")
	static class AgentSocketWebHandler {

	}

	@Component("agentTools")
	static class AgentTools {

	}

	@Component("actionCatalog")
	static class ActionCatalog {

	}

	@Component("actionRanking")
	static class ActionRanking {

	}

	@Component("agentSocketClient")
	static class AgentSocketClient {

	}

	@Component("agentSocketJsonCodec")
	static class AgentSocketJsonCodec {

	}

	@Component("agentSessionStore")
	static class AgentSessionStore {

	}

	@Component("agentSocketOperations")
	static class AgentSocketOperations {

	}

	@Component("agentEventListeners")
	static class AgentEventListeners {

	}

	@Component("actionRegistration")
	static class ActionRegistration {

	}

}
