package io.agentsocket.autoconfigure.session;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import com.example.redis.LocalRedis;
import com.example.redis.WithRedis;
import io.agentsocket.Await;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.Failures;
import io.agentsocket.session.AgentInfo;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.PodLink;
import io.agentsocket.session.SessionAttributes;
import io.agentsocket.session.SessionState;
import io.agentsocket.session.SessionStore;
import io.agentsocket.session.SpringSessionAttributes;
import io.agentsocket.session.StoredValue;
import io.agentsocket.session.redis.RedisPodLink;
import io.agentsocket.session.redis.RedisSessionStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisReactiveAutoConfiguration;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.session.autoconfigure.SessionAutoConfiguration;
import org.springframework.boot.session.data.redis.autoconfigure.SessionDataRedisAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.assertj.AssertableReactiveWebApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.webflux.autoconfigure.WebFluxAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.data.redis.connection.ReactiveRedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;
import org.springframework.session.ReactiveSessionRepository;
import org.springframework.session.data.redis.ReactiveRedisSessionRepository;
import org.springframework.session.data.redis.config.annotation.SpringSessionRedisConnectionFactory;
import org.springframework.web.server.session.WebSessionManager;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AgentSocketSessionAutoConfiguration}.
 */
@WithRedis
@ExtendWith(OutputCaptureExtension.class)
class AgentSocketSessionAutoConfigurationTests {

	private static final Duration PATIENCE = Await.LONG;

	private final LocalRedis redis;

	private final ReactiveWebApplicationContextRunner runner = new ReactiveWebApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(DataRedisAutoConfiguration.class, DataRedisReactiveAutoConfiguration.class,
						AgentSocketAutoConfiguration.class, AgentSocketSessionAutoConfiguration.class));

	AgentSocketSessionAutoConfigurationTests(LocalRedis redis) {
		this.redis = redis;
	}

	private String[] address() {
		return new String[] { "spring.data.redis.host=" + this.redis.host(),
				"spring.data.redis.port=" + this.redis.port() };
	}

	@Test
	void keepsSessionsInRedisWhenItIsThere(CapturedOutput output) {
		this.runner.withPropertyValues(address()).run((context) -> {
			assertThat(context).hasSingleBean(RedisSessionStore.class)
				.hasSingleBean(SessionStore.class)
				.hasSingleBean(RedisPodLink.class)
				.hasSingleBean(SessionAttributes.class)
				.doesNotHaveBean(ReactiveSessionRepository.class);
			create(context.getBean(SessionStore.class), context.getBean(SessionAttributes.class), "auto");
			assertThat(this.redis.command("EXISTS", "agentsocket:{auto}:s", "agentsocket:sessions:auto"))
				.isEqualTo("2");
			Object value = context.getBean(SessionAttributes.class).load("auto").block(PATIENCE).get("a");
			assertThat(((StoredValue) value).as(String.class)).isEqualTo("x");
		});
		assertThat(output).contains("Sessions of agents are kept in Redis, namespace 'agentsocket'");
	}

	private static void create(SessionStore store, SessionAttributes attributes, String id) {
		SessionState state = new SessionState(id, "l", 1, null, AgentInfo.UNKNOWN, "cbor", Instant.now());
		store.open(state, "a/1", "t", Duration.ofMinutes(1)).block(PATIENCE);
		attributes.create(state, Duration.ofMinutes(1)).block(PATIENCE);
		attributes.write(id, "a", "x").block(PATIENCE);
	}

	@Test
	void namespaceCanBeSet() {
		this.runner.withPropertyValues(address())
			.withPropertyValues("agentsocket.session.redis.namespace=mine", "agentsocket.session.store=redis")
			.run((context) -> {
				create(context.getBean(SessionStore.class), context.getBean(SessionAttributes.class), "named");
				assertThat(this.redis.command("EXISTS", "mine:{named}:s", "mine:sessions:named")).isEqualTo("2");
			});
	}

	@Test
	void keepsSessionsInMemoryWhenAskedTo(CapturedOutput output) {
		this.runner.withPropertyValues("agentsocket.session.store=memory").run((context) -> inMemory(context));
		assertThat(output).contains("Sessions of agents are kept in the memory of this process");
	}

	private static void inMemory(AssertableReactiveWebApplicationContext context) {
		assertThat(context).hasSingleBean(InMemorySessionStore.class)
			.hasSingleBean(SessionStore.class)
			.hasSingleBean(PodLink.class)
			.hasSingleBean(SpringSessionAttributes.class)
			.hasSingleBean(SessionAttributes.class)
			.doesNotHaveBean(ReactiveSessionRepository.class);
	}

	@Test
	void keepsSessionsInMemoryWithoutAConnection() {
		new ReactiveWebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AgentSocketSessionAutoConfiguration.class))
			.run((context) -> inMemory(context));
	}

	@ParameterizedTest
	@ValueSource(strings = { "org.springframework.data.redis", "org.springframework.session.data" })
	void needsNothingOfRedis(String missing) {
		new ReactiveWebApplicationContextRunner().withClassLoader(new FilteredClassLoader(missing, "io.lettuce"))
			.withConfiguration(AutoConfigurations.of(AgentSocketSessionAutoConfiguration.class))
			.run((context) -> inMemory(context));
	}

	@Test
	void nothingIsKeptWhereThereIsNoServer(CapturedOutput output) {
		AutoConfigurations configurations = AutoConfigurations.of(DataRedisAutoConfiguration.class,
				DataRedisReactiveAutoConfiguration.class, AgentSocketAutoConfiguration.class,
				AgentSocketSessionAutoConfiguration.class);
		String[] properties = { "agentsocket.session.store=redis", "spring.data.redis.host=127.0.0.1",
				"spring.data.redis.port=1" };
		new ApplicationContextRunner().withConfiguration(configurations)
			.withPropertyValues(properties)
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionStore.class));
		this.runner.withPropertyValues(properties)
			.withPropertyValues("agentsocket.server.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(SessionStore.class));
		assertThat(output).doesNotContain("Sessions of agents are kept");
	}

	@Test
	void saysWhatIsMissing() {
		ReactiveWebApplicationContextRunner asked = new ReactiveWebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AgentSocketSessionAutoConfiguration.class))
			.withPropertyValues("agentsocket.session.store=redis");
		asked.run((context) -> assertThat(analyze(context.getStartupFailure()).getDescription())
			.contains("no bean of type ReactiveRedisConnectionFactory"));
		Map.of("org.springframework.data.redis", "spring-boot-starter-data-redis", "org.springframework.session.data",
				"spring-session-data-redis")
			.forEach((missing, library) -> asked.withClassLoader(new FilteredClassLoader(missing))
				.run((context) -> assertThat(analyze(context.getStartupFailure()).getAction()).contains(library)));
	}

	@Test
	void valuesThatDoNotFitAreReportedBeforeAMissingRedis() {
		new ReactiveWebApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class,
					AgentSocketSessionAutoConfiguration.class))
			.withPropertyValues("agentsocket.session.store=redis", "agentsocket.session.max-age=0s",
					"agentsocket.server.path=x")
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.server.path, agentsocket.session.max-age"));
	}

	private static FailureAnalysis analyze(Throwable failure) {
		FailureAnalysis analysis = new RedisMissingFailureAnalyzer().analyze(failure);
		assertThat(analysis).isNotNull();
		return analysis;
	}

	@Test
	void aRedisThatDoesNotAnswer(CapturedOutput output) {
		ReactiveWebApplicationContextRunner redis = this.runner.withPropertyValues("spring.data.redis.host=127.0.0.1",
				"spring.data.redis.port=1");
		redis.withPropertyValues("agentsocket.session.store=redis").run((context) -> {
			assertThat(context).hasFailed();
			Throwable failure = context.getStartupFailure();
			while (failure.getCause() != null && !(failure instanceof RedisUnreachableException)) {
				failure = failure.getCause();
			}
			FailureAnalysis analysis = new RedisUnreachableFailureAnalyzer().analyze(failure);
			assertThat(analysis.getDescription()).contains("agentsocket.session.store=redis");
			assertThat(analysis.getAction()).contains("spring.data.redis.*");
		});
		redis.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(output).contains("Redis does not answer, agents cannot connect until it does");
		});
	}

	@Test
	void backsOffForBeansOfTheApplication() {
		InMemorySessionStore store = new InMemorySessionStore();
		SessionAttributes attributes = SpringSessionAttributes.inMemory();
		this.runner.withPropertyValues("agentsocket.session.store=redis")
			.withBean("mine", SessionStore.class, () -> store)
			.withBean("ours", SessionAttributes.class, () -> attributes)
			.run((context) -> {
				assertThat(context.getBean(SessionStore.class)).isSameAs(store);
				assertThat(context.getBean(SessionAttributes.class)).isSameAs(attributes);
				assertThat(context).hasSingleBean(RedisPodLink.class);
			});
	}

	@Test
	void usesTheConnectionOfSpringSession() {
		this.runner.withUserConfiguration(TwoConnections.class)
			.withPropertyValues("test.host=" + this.redis.host(), "test.port=" + this.redis.port())
			.run((context) -> {
				create(context.getBean(SessionStore.class), context.getBean(SessionAttributes.class), "marked");
				assertThat(this.redis.command("EXISTS", "agentsocket:{marked}:s")).isEqualTo("1");
			});
	}

	@Configuration(proxyBeanMethods = false)
	static class TwoConnections {

		@Bean
		@Primary
		LettuceConnectionFactory nobodyThere() {
			return new LettuceConnectionFactory("127.0.0.1", 1);
		}

		@Bean
		@SpringSessionRedisConnectionFactory
		LettuceConnectionFactory forSessions(org.springframework.core.env.Environment environment) {
			return new LettuceConnectionFactory(environment.getRequiredProperty("test.host"),
					environment.getRequiredProperty("test.port", int.class));
		}

	}

	@ParameterizedTest
	@CsvSource({ "agentsocket.session.pod-timeout, 999ms", "agentsocket.session.pod-timeout, 9999d",
			"agentsocket.session.redis.namespace, a{b}", "agentsocket.session.redis.namespace, ''" })
	void namesThePropertyThatDoesNotFit(String property, String value) {
		this.runner.withPropertyValues(property + "=" + value).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(Failures.property(context.getStartupFailure())).isEqualTo(property);
		});
	}

	@Test
	void podsHaveNamesOfTheirOwn() {
		assertThat(PodNames.create("web-1.example")).matches("web-1\\.example-[0-9a-f]{8}")
			.isNotEqualTo(PodNames.create("web-1.example"));
		assertThat(PodNames.create("-_ä/x" + "y".repeat(100))).matches("xy{39}-[0-9a-f]{8}");
		assertThat(PodNames.create("")).matches("pod-[0-9a-f]{8}");
		this.runner.withPropertyValues("agentsocket.session.store=memory")
			.run((context) -> assertThat(context.getBean(PodLink.class).pod()).matches("[A-Za-z0-9].*-[0-9a-f]{8}"));
	}

	/** In whatever order the two are configured. */
	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void sessionsOfTheApplicationAreItsOwn(boolean oursFirst) {
		Class<?>[] ours = { AgentSocketSessionAutoConfiguration.class };
		Class<?>[] theirs = { SessionAutoConfiguration.class, SessionDataRedisAutoConfiguration.class };
		// User configurations keep the order in which they are given.
		ReactiveWebApplicationContextRunner web = new ReactiveWebApplicationContextRunner()
			.withUserConfiguration(DataRedisAutoConfiguration.class, DataRedisReactiveAutoConfiguration.class)
			.withConfiguration(AutoConfigurations.of(WebFluxAutoConfiguration.class))
			.withPropertyValues(address())
			.withPropertyValues("spring.session.timeout=7m");
		for (Class<?>[] next : oursFirst ? List.of(ours, theirs) : List.of(theirs, ours)) {
			web = web.withUserConfiguration(next);
		}
		web.run((context) -> {
			assertThat(context).hasNotFailed()
				.hasSingleBean(ReactiveSessionRepository.class)
				.hasSingleBean(ReactiveRedisSessionRepository.class)
				.hasSingleBean(WebSessionManager.class)
				.hasSingleBean(RedisSessionStore.class)
				.hasSingleBean(ReactiveRedisConnectionFactory.class);
			String id = save(context.getBean(ReactiveRedisSessionRepository.class));
			assertThat(this.redis.command("EXISTS", "spring:session:sessions:" + id)).isEqualTo("1");
			assertThat(Long.parseLong(this.redis.command("TTL", "spring:session:sessions:" + id))).isBetween(400L,
					420L);
			assertThat(this.redis.command("HGET", "spring:session:sessions:" + id, "maxInactiveInterval"))
				.as("their serializer is still theirs")
				.contains("java.lang.Integer");
			String mine = "coexisting" + oursFirst;
			create(context.getBean(SessionStore.class), context.getBean(SessionAttributes.class), mine);
			assertThat(this.redis.command("EXISTS", "agentsocket:sessions:" + mine)).isEqualTo("1");
			assertThat(this.redis.command("EXISTS", "spring:session:sessions:" + mine)).isEqualTo("0");
		});
	}

	private static <S extends org.springframework.session.Session> String saved(ReactiveSessionRepository<S> sessions) {
		S session = sessions.createSession().block(PATIENCE);
		assertThat(session).isNotNull();
		sessions.save(session).block(PATIENCE);
		return session.getId();
	}

	private static String save(ReactiveSessionRepository<?> sessions) {
		return saved(sessions);
	}

}
