package io.agentsocket.autoconfigure.observation;

import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.docs.ObservationSnippets.TenantConvention;
import io.agentsocket.observation.ObservationInterceptor;
import io.agentsocket.observation.TimerInterceptor;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationPredicate;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationTextPublisher;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationRegistryCustomizer;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AgentSocketObservationAutoConfiguration}.
 */
class AgentSocketObservationAutoConfigurationTests {

	private final ReactiveWebApplicationContextRunner bare = new ReactiveWebApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(WebFluxAutoConfiguration.class, AgentSocketSessionAutoConfiguration.class,
						AgentSocketAutoConfiguration.class, AgentSocketActionAutoConfiguration.class,
						AgentSocketServerAutoConfiguration.class, AgentSocketObservationAutoConfiguration.class));

	private final ReactiveWebApplicationContextRunner runner = this.bare
		.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class));

	@Test
	void observesWithARegistryOnly() {
		this.runner.run((context) -> assertThat(context).hasSingleBean(ObservationInterceptor.class));
		this.runner.withPropertyValues("agentsocket.observation.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservationInterceptor.class));
		this.runner.withPropertyValues("agentsocket.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservationInterceptor.class));
		this.bare.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(ObservationInterceptor.class));
	}

	@Test
	void timesWhereNothingElseWouldSeeAnObservation() {
		ReactiveWebApplicationContextRunner metered = this.bare
			.withConfiguration(AutoConfigurations.of(ObservationAutoConfiguration.class, MetricsAutoConfiguration.class,
					CompositeMeterRegistryAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class));
		metered.run((context) -> assertThat(context).hasSingleBean(TimerInterceptor.class)
			.doesNotHaveBean(ObservationInterceptor.class));
		List<ReactiveWebApplicationContextRunner> observed = List.of(
				metered.withPropertyValues("agentsocket.observation.invocations=observations"),
				metered.withPropertyValues("management.observations.key-values.region=eu"),
				metered.withPropertyValues("management.observations.enable.rpc=false"),
				metered.withBean(TenantConvention.class),
				metered.withBean("own", ObservationRegistryCustomizer.class, () -> (registry) -> {
				}), metered.withBean(ObservationPredicate.class, () -> (name, context) -> true),
				metered.withBean(ObservationFilter.class, () -> (context) -> context),
				metered.withBean("tracing", ObservationTextPublisher.class),
				metered.withBean("mine", ObservationRegistry.class, ObservationRegistry::create));
		observed.forEach((runner) -> runner.run((context) -> assertThat(context).hasNotFailed()
			.hasSingleBean(ObservationInterceptor.class)
			.doesNotHaveBean(TimerInterceptor.class)));
		metered.withBean(TenantConvention.class)
			.withPropertyValues("agentsocket.observation.invocations=timers")
			.run((context) -> assertThat(context).hasSingleBean(TimerInterceptor.class));
	}

	@Test
	void worksWithoutMicrometer() {
		this.bare.withClassLoader(new FilteredClassLoader("io.micrometer"))
			.run((context) -> assertThat(context).hasNotFailed()
				.doesNotHaveBean("io.agentsocket.observationInterceptor"));
	}

	@Test
	void theConventionOfTheApplicationNamesTags() {
		SimpleMeterRegistry meters = new SimpleMeterRegistry();
		this.runner.withBean(TenantConvention.class).run((context) -> {
			context.getBean(ObservationRegistry.class)
				.observationConfig()
				.observationHandler(new DefaultMeterObservationHandler(meters));
			try (TestServer server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(),
					(builder) -> builder.interceptor(context.getBean(ObservationInterceptor.class)),
					Action.named("echo").handler((exchange) -> Mono.just("x")))) {
				AgentSocketClient agent = AgentSocketClient.builder(server.uri()).build();
				agent.invoke("echo").toMono(String.class).block(Await.LONG);
				agent.close().block(Await.LONG);
				Await.untilAsserted(() -> assertThat(meters.find("rpc.server.call.duration")
					.tags("rpc.method", "echo", "tenant", "none", "rpc.response.status_code", "OK")
					.timer()).isNotNull());
			}
		});
	}

}
