package io.agentsocket.autoconfigure.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketServerCustomizer;
import io.agentsocket.autoconfigure.Failures;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.security.AgentSocketSecurityAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.protocol.Limits;
import io.agentsocket.server.AgentSocketOperations;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.AgentSocketServerBuilder;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.servlet.AgentSocketServlet;
import io.agentsocket.webflux.AgentSocketWebHandler;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.context.servlet.AnnotationConfigServletWebApplicationContext;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.util.unit.DataSize;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.server.WebHandler;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;
import static org.mockito.Mockito.mock;

/**
 * Tests of {@link AgentSocketServerAutoConfiguration},
 * {@link AgentSocketWebFluxAutoConfiguration} and
 * {@link AgentSocketServletAutoConfiguration}.
 */
@ExtendWith(OutputCaptureExtension.class)
class AgentSocketServerAutoConfigurationTests {

	private static final AutoConfigurations CONFIGURATIONS = AutoConfigurations.of(JacksonAutoConfiguration.class,
			AgentSocketSessionAutoConfiguration.class, AgentSocketAutoConfiguration.class,
			AgentSocketActionAutoConfiguration.class, AgentSocketToolAutoConfiguration.class,
			AgentSocketServerAutoConfiguration.class, AgentSocketWebFluxAutoConfiguration.class,
			AgentSocketServletAutoConfiguration.class);

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(CONFIGURATIONS)
		.withConfiguration(AutoConfigurations.of(WebFluxAutoConfiguration.class));

	@Test
	void servesAtTheDefaultPath(CapturedOutput output) {
		this.runner.run((context) -> {
			assertThat(context).hasSingleBean(AgentSocketServer.class)
				.hasSingleBean(AgentSocketWebHandler.class)
				.hasSingleBean(AgentSocketOperations.class)
				.doesNotHaveBean(ContainerCheck.class);
			SimpleUrlHandlerMapping mapping = context.getBean("io.agentsocket.handlerMapping",
					SimpleUrlHandlerMapping.class);
			assertThat(mapping.getOrder()).isEqualTo(-2);
			assertThat(mapping.getUrlMap())
				.isEqualTo(Map.of("/agentsocket", context.getBean(AgentSocketWebHandler.class)));
			assertThat(context.getBean(AgentSocketServer.class).subProtocols())
				.containsExactlyInAnyOrder("agentsocket.v1.cbor", "agentsocket.v1.json");
		});
		assertThat(output).containsOnlyOnce("Agent Socket endpoint WebSocket /agentsocket with 0 actions");
	}

	@Test
	void defaultsAreThoseOfTheSpecification() {
		this.runner.run((context) -> assertThat(context.getBean(ServerSettings.class)).usingRecursiveComparison()
			.isEqualTo(ServerSettings.DEFAULTS));
	}

	@Test
	void servesAtAnotherPath() {
		this.runner.withPropertyValues("agentsocket.server.path=/tools")
			.run((context) -> assertThat(
					context.getBean("io.agentsocket.handlerMapping", SimpleUrlHandlerMapping.class).getUrlMap())
				.containsOnlyKeys("/tools"));
	}

	@Test
	void offersTheConfiguredCodecsOnly() {
		this.runner.withPropertyValues("agentsocket.server.codecs=json")
			.run((context) -> assertThat(context.getBean(AgentSocketServer.class).subProtocols())
				.containsExactly("agentsocket.v1.json"));
	}

	@ParameterizedTest
	@CsvSource({ "hello-timeout", "keep-alive", "keep-alive-timeout", "stall-timeout", "close-timeout",
			"max-connection-age", "drain-timeout", "drain-spread" })
	void timesCanBeSet(String name) {
		Map<String, Function<ServerSettings, Duration>> times = Map.of("hello-timeout", ServerSettings::helloTimeout,
				"keep-alive", ServerSettings::keepAlive, "keep-alive-timeout", ServerSettings::keepAliveTimeout,
				"stall-timeout", ServerSettings::stallTimeout, "close-timeout", ServerSettings::closeTimeout,
				"max-connection-age", ServerSettings::maxConnectionAge, "drain-timeout", ServerSettings::drainTimeout,
				"drain-spread", ServerSettings::drainSpread);
		this.runner.withPropertyValues("agentsocket.server." + name + "=1234ms").run((context) -> {
			ServerSettings settings = context.getBean(ServerSettings.class);
			times.forEach((key, time) -> assertThat(time.apply(settings)).as(key)
				.isEqualTo(key.equals(name) ? Duration.ofMillis(1234) : time.apply(ServerSettings.DEFAULTS)));
		});
	}

	@Test
	void sessionsCanBeBounded() {
		this.runner
			.withPropertyValues("agentsocket.session.idle-timeout=7s", "agentsocket.session.max-age=8s",
					"agentsocket.server.max-sessions=9")
			.run((context) -> {
				ServerSettings settings = context.getBean(ServerSettings.class);
				assertThat(settings.idleTimeout()).isEqualTo(Duration.ofSeconds(7));
				assertThat(settings.maxSessionAge()).isEqualTo(Duration.ofSeconds(8));
				assertThat(settings.maxSessions()).isEqualTo(9);
			});
	}

	@Test
	void limitsCanBeSet() {
		this.runner
			.withPropertyValues("agentsocket.server.limits.message=128KB", "agentsocket.server.limits.frame=32KB",
					"agentsocket.server.limits.item=2MB", "agentsocket.server.limits.assembly=3MB",
					"agentsocket.server.limits.streams=5", "agentsocket.server.limits.items=6",
					"agentsocket.server.limits.window=96KB", "agentsocket.server.limits.aliases=7",
					"agentsocket.server.limits.name=64B", "agentsocket.server.limits.metadata=1KB",
					"agentsocket.server.limits.depth=8")
			.run((context) -> assertThat(context.getBean(ServerSettings.class).limits()).isEqualTo(new Limits(
					bytes("128KB"), bytes("32KB"), bytes("2MB"), bytes("3MB"), 5, 6, bytes("96KB"), 7, 64, 1024, 8)));
	}

	private static int bytes(String size) {
		return (int) DataSize.parse(size).toBytes();
	}

	@ParameterizedTest
	@CsvSource({ "agentsocket.server.path, tools", "agentsocket.server.path, /tools/**",
			"agentsocket.server.hello-timeout, 0s", "agentsocket.server.keep-alive, -1s",
			"agentsocket.server.keep-alive-timeout, 0s", "agentsocket.server.stall-timeout, 0s",
			"agentsocket.server.max-connection-age, 99999d", "agentsocket.server.drain-timeout, -1s",
			"agentsocket.server.drain-spread, -1s", "agentsocket.server.max-sessions, 0",
			"agentsocket.session.idle-timeout, -1s", "agentsocket.session.max-age, 0s",
			"agentsocket.server.codecs, xml", "agentsocket.server.codecs, ''", "agentsocket.server.limits.message, 1KB",
			"agentsocket.server.limits.frame, 100B", "agentsocket.server.limits.item, 1KB",
			"agentsocket.server.limits.assembly, 512KB", "agentsocket.server.limits.streams, -1",
			"agentsocket.server.limits.items, -1", "agentsocket.server.limits.window, 31KB",
			"agentsocket.server.limits.aliases, -1", "agentsocket.server.limits.name, 1B",
			"agentsocket.server.limits.metadata, 1B", "agentsocket.server.limits.depth, 1",
			"agentsocket.server.limits.window, 4TB", "agentsocket.server.limits.window, -1B" })
	void namesThePropertyThatDoesNotFit(String property, String value) {
		this.runner.withPropertyValues(property + "=" + value).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(Failures.property(context.getStartupFailure())).isEqualTo(property);
		});
	}

	@Test
	void aLimitOnMessagesThatClientsRefuseIsNamed() {
		this.runner.withPropertyValues("agentsocket.server.limits.message=8191B", "agentsocket.server.limits.frame=4KB")
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.server.limits.message"));
	}

	@Test
	void theEndpointCanBeSwitchedOff() {
		this.runner.withPropertyValues("agentsocket.server.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(AgentSocketServer.class)
				.doesNotHaveBean("io.agentsocket.handlerMapping")
				.hasSingleBean(ActionCatalog.class));
	}

	@Test
	void customizersHaveTheLastWordInTheirOrder() {
		this.runner.withPropertyValues("agentsocket.server.drain-timeout=7s", "agentsocket.server.max-sessions=9")
			.withBean("second", AgentSocketServerCustomizer.class,
					() -> new Ordered(2, (settings) -> settings.drainTimeout(Duration.ofSeconds(2))))
			.withBean("first", AgentSocketServerCustomizer.class, () -> new Ordered(1,
					(settings) -> settings.drainTimeout(Duration.ofSeconds(1)).stallTimeout(Duration.ofSeconds(5))))
			.run((context) -> {
				ServerSettings settings = context.getBean(AgentSocketServer.class).settings();
				assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(2));
				assertThat(settings.stallTimeout()).isEqualTo(Duration.ofSeconds(5));
				assertThat(settings.maxSessions()).isEqualTo(9);
			});
	}

	private record Ordered(int order, Consumer<ServerSettings.Builder> change)
			implements
				AgentSocketServerCustomizer,
				org.springframework.core.Ordered {

		@Override
		public void customize(AgentSocketServerBuilder builder) {
			builder.settings(this.change);
		}

		@Override
		public int getOrder() {
			return this.order;
		}

	}

	@Test
	void backsOffForBeansOfTheApplication() {
		ServerSettings settings = ServerSettings.builder().build();
		AgentSocketServer server = AgentSocketServer.builder(new ActionCatalog()).build();
		AgentSocketWebHandler handler = new AgentSocketWebHandler(server, (exchange, socket) -> Mono.empty(), List.of(),
				List.of());
		AgentSocketOperations sockets = new AgentSocketOperations(server);
		SimpleUrlHandlerMapping mapping = new SimpleUrlHandlerMapping();
		this.runner.withBean(ServerSettings.class, () -> settings)
			.withBean(AgentSocketServer.class, () -> server)
			.withBean(AgentSocketWebHandler.class, () -> handler)
			.withBean(AgentSocketOperations.class, () -> sockets)
			.withBean("io.agentsocket.handlerMapping", SimpleUrlHandlerMapping.class, () -> mapping)
			.run((context) -> {
				assertThat(context.getBean(ServerSettings.class)).isSameAs(settings);
				assertThat(context.getBean(AgentSocketServer.class)).isSameAs(server);
				assertThat(context.getBean(AgentSocketWebHandler.class)).isSameAs(handler);
				assertThat(context.getBean(AgentSocketOperations.class)).isSameAs(sockets);
				assertThat(context.getBean("io.agentsocket.handlerMapping")).isSameAs(mapping);
			});
	}

	@Test
	void failsWhenAControllerHasThePath() {
		this.runner.withBean(Controller.class).run((context) -> {
			assertThat(context.getStartupFailure()).isInstanceOf(PathClashException.class);
			assertThat(new PathClashFailureAnalyzer().analyze(context.getStartupFailure()).getDescription())
				.contains("/agentsocket")
				.contains("Controller#post");
		});
	}

	@Test
	void failsWhenAControllerHasThePathOfMcp() {
		this.runner.withBean(Controller.class)
			.withPropertyValues("agentsocket.server.path=/agents", "agentsocket.mcp.enabled=true",
					"agentsocket.mcp.path=/agentsocket")
			.run((context) -> {
				FailureAnalysis analysis = new PathClashFailureAnalyzer().analyze(context.getStartupFailure());
				assertThat(analysis.getDescription()).contains("'/agentsocket' of the MCP endpoint", "Controller#post");
				assertThat(analysis.getAction()).contains("agentsocket.mcp.path");
			});
	}

	@Test
	void failsWhenAnotherHandlerHasThePath() {
		WebHandler other = (exchange) -> Mono.empty();
		this.runner
			.withBean("other", SimpleUrlHandlerMapping.class,
					() -> new SimpleUrlHandlerMapping(Map.of("/agentsocket", other), 0))
			.run((context) -> assertThat(context.getStartupFailure()).isInstanceOf(PathClashException.class));
	}

	@Test
	void otherPathsDoNotClash() {
		WebHandler other = (exchange) -> Mono.empty();
		this.runner
			.withBean("other", SimpleUrlHandlerMapping.class,
					() -> new SimpleUrlHandlerMapping(Map.of("/agentsockets", other, "/**", other), 0))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void theLifecycleStopsBesideTheWebServerAndIsNotPaused() {
		this.runner.run((context) -> {
			ServerLifecycle lifecycle = context.getBean(ServerLifecycle.class);
			assertThat(lifecycle.isRunning()).isTrue();
			assertThat(lifecycle.getPhase()).isEqualTo(WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE);
			assertThat(lifecycle.isPauseable()).isFalse();
		});
	}

	@Test
	void servesNothingWithoutWebFlux() {
		this.runner.withClassLoader(new FilteredClassLoader("org.springframework.web.reactive"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AgentSocketServer.class));
	}

	private static WebApplicationContextRunner servlet(String serverInfo) {
		return new WebApplicationContextRunner(() -> new AnnotationConfigServletWebApplicationContext() {

			@Override
			public ServletContext getServletContext() {
				ServletContext context = mock(ServletContext.class);
				given(context.getServerInfo()).willReturn(serverInfo);
				return context;
			}

		}).withConfiguration(CONFIGURATIONS);
	}

	@Test
	void servesAServletApplicationAtTheSamePath(CapturedOutput output) {
		new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS).run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(AgentSocketServer.class)
				.hasSingleBean(AgentSocketOperations.class)
				.hasSingleBean(ServerLifecycle.class)
				.doesNotHaveBean(AgentSocketWebHandler.class);
			ServletRegistrationBean<?> registration = context.getBean("io.agentsocket.servletRegistration",
					ServletRegistrationBean.class);
			assertThat(registration.getServlet()).isInstanceOf(AgentSocketServlet.class);
			assertThat(registration.getUrlMappings()).containsExactly("/agentsocket");
		});
		assertThat(output).containsOnlyOnce("Agent Socket endpoint WebSocket /agentsocket with 0 actions");
	}

	@Test
	void servesAServletApplicationWithoutWebFluxAndReactorNetty() {
		new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withClassLoader(new FilteredClassLoader("org.springframework.web.reactive", "reactor.netty", "io.netty"))
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(AgentSocketServer.class));
	}

	@Test
	void theRootOfAServletApplicationIsNotEverything() {
		new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withPropertyValues("agentsocket.server.path=/")
			.run((context) -> assertThat(
					context.getBean("io.agentsocket.servletRegistration", ServletRegistrationBean.class)
						.getUrlMappings()
						.toString())
				.isEqualTo("[]"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "Apache Tomcat/11.0.22", "jetty/12.1.10" })
	void tomcatAndJettyAreServed(String serverInfo) {
		servlet(serverInfo).run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@ValueSource(strings = { "Undertow - 2.4.0", "WebLogic", "" })
	void otherContainersAreRefusedWithASentence(String serverInfo) {
		servlet(serverInfo).run((context) -> {
			assertThat(context.getStartupFailure()).isInstanceOf(UnsupportedContainerException.class);
			FailureAnalysis analysis = new UnsupportedContainerFailureAnalyzer().analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).contains(serverInfo).contains("Tomcat");
			assertThat(analysis.getAction()).contains("agentsocket.server.enabled=false");
		});
	}

	@Test
	void otherContainersAreNotRefusedWhenThereIsNoEndpoint() {
		servlet("Undertow").withPropertyValues("agentsocket.server.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AgentSocketServer.class));
	}

	@Test
	void failsWhenAnotherServletHasThePath() {
		new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withBean(ServletRegistrationBean.class, () -> new ServletRegistrationBean<>(new HttpServlet() {
			}, "/agentsocket"))
			.run((context) -> assertThat(context.getStartupFailure()).isInstanceOf(PathClashException.class));
	}

	@Test
	void theServletOfTicketsDoesNotClashWithItself() {
		new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withConfiguration(AutoConfigurations.of(AgentSocketSecurityAutoConfiguration.class))
			.withBean(RequestMappingHandlerMapping.class)
			.withPropertyValues("agentsocket.security.tickets.enabled=true")
			.run((context) -> assertThat(context).hasNotFailed()
				.hasBean("io.agentsocket.ticketServletRegistration")
				.hasSingleBean(ServletPathClashCheck.class));
	}

	@Test
	void failsWhenAControllerOfSpringMvcHasThePath() {
		new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withBean(Controller.class)
			.withBean(RequestMappingHandlerMapping.class)
			.run((context) -> {
				assertThat(context.getStartupFailure()).isInstanceOf(PathClashException.class);
				assertThat(context.getStartupFailure()).hasMessageContaining("Controller#post");
			});
	}

	@Test
	void pathsOfControllersAreBelowThatOfTheServletOfSpringMvc() {
		WebApplicationContextRunner below = new WebApplicationContextRunner().withConfiguration(CONFIGURATIONS)
			.withBean(Controller.class)
			.withBean(RequestMappingHandlerMapping.class)
			.withPropertyValues("spring.mvc.servlet.path=/api");
		below.run((context) -> assertThat(context).hasNotFailed());
		below.withPropertyValues("agentsocket.server.path=/api/agentsocket")
			.run((context) -> assertThat(context.getStartupFailure()).isInstanceOf(PathClashException.class));
	}

	@RestController
	static class Controller {

		@PostMapping("/agentsocket")
		String post() {
			return "";
		}

	}

}
