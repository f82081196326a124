package io.agentsocket.autoconfigure.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.annotation.AgentEvent;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.AgentSocketClientCustomizer;
import io.agentsocket.autoconfigure.AgentSocketProperties;
import io.agentsocket.autoconfigure.Failures;
import io.agentsocket.autoconfigure.PropertyValues;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.event.AgentSocketEventAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.Backoff;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.protocol.Limits;
import io.agentsocket.server.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpHeaders;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.client.WebSocketClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AgentSocketClientAutoConfiguration}, without a web application.
 */
@ExtendWith(OutputCaptureExtension.class)
class AgentSocketClientAutoConfigurationTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final String URI_PROPERTY = "agentsocket.client.uri=ws://127.0.0.1:1/agentsocket";

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketClientAutoConfiguration.class));

	@Test
	void thereIsAClientWithoutWebFlux() {
		this.runner.withPropertyValues("agentsocket.client.uri=ws://127.0.0.1:1/agentsocket")
			.withClassLoader(new FilteredClassLoader("org.springframework.web.reactive"))
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(AgentSocketClient.class));
	}

	@Test
	void thereIsNoClientWithoutAnAddress() {
		this.runner.run((context) -> assertThat(context).doesNotHaveBean(AgentSocketClient.class));
	}

	@Test
	void theClientWaitsUntilItIsNeededAndIsClosedWithTheContext() {
		this.runner.withPropertyValues(URI_PROPERTY).run((context) -> {
			AgentSocketClient client = context.getBean(AgentSocketClient.class);
			assertThat(client.state()).isEqualTo(ConnectionState.IDLE);
			context.close();
			assertThat(client.state()).isEqualTo(ConnectionState.CLOSED);
		});
	}

	@Test
	void connectsWithTheConfiguredCodecAndHeaders() {
		Attempts attempts = new Attempts();
		this.runner
			.withPropertyValues(URI_PROPERTY, "agentsocket.client.codec=json", "agentsocket.client.bearer-token=secret",
					"agentsocket.client.headers.X-Tenant=acme")
			.withBean(AgentSocketClientCustomizer.class, () -> (builder) -> builder.webSocketClient(attempts))
			.run((context) -> {
				context.getBean(AgentSocketClient.class).sendEvent("hello", null);
				Attempt attempt = attempts.seen.poll(60, TimeUnit.SECONDS);
				assertThat(attempt).isNotNull();
				assertThat(attempt.uri()).isEqualTo(URI.create("ws://127.0.0.1:1/agentsocket"));
				assertThat(attempt.headers().getFirst(HttpHeaders.AUTHORIZATION)).isEqualTo("Bearer secret");
				assertThat(attempt.headers().getFirst("X-Tenant")).isEqualTo("acme");
				assertThat(attempt.subProtocols()).containsExactly("agentsocket.v1.json");
			});
	}

	@Test
	void offersTheActionsOfTheApplicationOnRequest() {
		this.runner.withPropertyValues(URI_PROPERTY)
			.run((context) -> assertThat(context.getBean(AgentSocketClient.class).offered())
				.isNotSameAs(context.getBean(ActionCatalog.class)));
		this.runner.withPropertyValues(URI_PROPERTY, "agentsocket.client.offer-actions=true")
			.run((context) -> assertThat(context.getBean(AgentSocketClient.class).offered())
				.isSameAs(context.getBean(ActionCatalog.class)));
	}

	@Test
	void customizersHaveTheLastWord() {
		Attempts attempts = new Attempts();
		this.runner.withPropertyValues(URI_PROPERTY, "agentsocket.client.bearer-token=configured")
			.withBean(AgentSocketClientCustomizer.class,
					() -> (builder) -> builder.webSocketClient(attempts).bearerToken(() -> "fresh"))
			.run((context) -> {
				context.getBean(AgentSocketClient.class).sendEvent("hello", null);
				Attempt attempt = attempts.seen.poll(60, TimeUnit.SECONDS);
				assertThat(attempt.headers().getFirst(HttpHeaders.AUTHORIZATION)).isEqualTo("Bearer fresh");
				assertThat(attempt.subProtocols()).containsExactly("agentsocket.v1.cbor");
			});
	}

	@Test
	void offersTheActionsOfTheApplicationWhenAskedTo() {
		this.runner.withPropertyValues(URI_PROPERTY)
			.run((context) -> assertThat(context.getBean(AgentSocketClient.class).offered())
				.isNotSameAs(context.getBean(ActionCatalog.class)));
		this.runner.withPropertyValues(URI_PROPERTY, "agentsocket.client.offer-actions=true")
			.run((context) -> assertThat(context.getBean(AgentSocketClient.class).offered())
				.isSameAs(context.getBean(ActionCatalog.class)));
	}

	@Test
	void actionsOfACustomizerStayOutOfTheCatalogOfTheApplication() {
		Action own = Action.named("own").handler((exchange) -> Mono.empty());
		this.runner.withPropertyValues(URI_PROPERTY, "agentsocket.client.offer-actions=true")
			.withBean("shared", Action.class, () -> Action.named("shared").handler((exchange) -> Mono.empty()))
			.withBean(AgentSocketClientCustomizer.class, () -> (builder) -> builder.offer(List.of(own)))
			.run((context) -> {
				assertThat(context.getBean(ActionCatalog.class).actions()).extracting(Action::name)
					.containsExactly("shared");
				assertThat(context.getBean(AgentSocketClient.class).offered().actions()).extracting(Action::name)
					.containsExactly("own", "shared");
			});
	}

	@Test
	void connectsAtTheStartWhenOnlyTheServerCanBegin() {
		connectsByItself(this.runner.withPropertyValues("agentsocket.client.offer-actions=true"));
		connectsByItself(this.runner.withConfiguration(AutoConfigurations.of(AgentSocketEventAutoConfiguration.class))
			.withBean(Listener.class));
		connectsByItself(this.runner.withPropertyValues("agentsocket.client.offer-actions=true")
			.withInitializer((context) -> context
				.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor())));
	}

	private static void connectsByItself(ApplicationContextRunner runner) {
		Attempts attempts = new Attempts();
		runner.withPropertyValues(URI_PROPERTY)
			.withBean(AgentSocketClientCustomizer.class, () -> (builder) -> builder.webSocketClient(attempts))
			.run((context) -> {
				assertThat(context).hasNotFailed();
				assertThat(attempts.seen.poll(60, TimeUnit.SECONDS)).isNotNull();
			});
	}

	@Test
	void actionsThatTheClientOfAContextAboveDoesNotOfferAreTold(CapturedOutput output) {
		ApplicationContextRunner offering = this.runner.withPropertyValues(URI_PROPERTY,
				"agentsocket.client.offer-actions=true");
		offering.withBean("above", Action.class, () -> Action.named("above").handler((exchange) -> Mono.empty()))
			.run((parent) -> {
				assertThat(output).doesNotContain("does not offer");
				offering.withParent(parent)
					.withBean("below", Action.class, () -> Action.named("below").handler((exchange) -> Mono.empty()))
					.run((child) -> assertThat(child).hasNotFailed());
			});
		assertThat(output).contains("does not offer 1 of the actions");
	}

	@Test
	void startsWhileTheServerToConnectToAtTheStartIsDown() {
		this.runner.withPropertyValues(URI_PROPERTY, "agentsocket.client.offer-actions=true").run((context) -> {
			assertThat(context).hasNotFailed();
			AgentSocketClient client = context.getBean(AgentSocketClient.class);
			Await.until(() -> client.state() == ConnectionState.CONNECTING && client.lastFailure() != null);
		});
	}

	@Test
	void timesCanBeSet() {
		this.runner
			.withPropertyValues(URI_PROPERTY, "agentsocket.client.connect-timeout=1s", "agentsocket.client.max-wait=2s",
					"agentsocket.client.refusal-timeout=3s", "agentsocket.client.close-timeout=4s",
					"agentsocket.client.backoff.first=2s", "agentsocket.client.backoff.base=5s",
					"agentsocket.client.backoff.cap=6s")
			.run((context) -> assertThat(context.getBean(AgentSocketClient.class)).extracting("connector.connecting")
				.hasFieldOrPropertyWithValue("connectTimeout", Duration.ofSeconds(1))
				.hasFieldOrPropertyWithValue("maxWait", Duration.ofSeconds(2))
				.hasFieldOrPropertyWithValue("refusalTimeout", Duration.ofSeconds(3))
				.hasFieldOrPropertyWithValue("closeTimeout", Duration.ofSeconds(4))
				.hasFieldOrPropertyWithValue("backoff",
						new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(5), Duration.ofSeconds(6))));
	}

	@Test
	void backsOffForAClientOfTheApplication() {
		AgentSocketClient own = AgentSocketClient.builder("ws://127.0.0.1:1/other").build();
		this.runner.withPropertyValues(URI_PROPERTY)
			.withBean("own", AgentSocketClient.class, () -> own)
			.run((context) -> assertThat(context.getBean(AgentSocketClient.class)).isSameAs(own));
	}

	@Test
	void aClientWithoutReactorNettySaysSoAtTheStart() {
		ApplicationContextRunner bare = this.runner.withClassLoader(new FilteredClassLoader("reactor.netty"));
		bare.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AgentSocketClient.class));
		bare.withPropertyValues(URI_PROPERTY)
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.client.uri"));
	}

	@ParameterizedTest
	@CsvSource({ "agentsocket.client.uri, http://127.0.0.1/x", "agentsocket.client.uri, ''",
			"agentsocket.client.codec, xml", "agentsocket.client.connect-timeout, 0s",
			"agentsocket.client.max-wait, -1s", "agentsocket.client.backoff.first, -1s",
			"agentsocket.client.backoff.base, -1s", "agentsocket.client.backoff.cap, 100ms",
			"agentsocket.client.limits.window, 1KB", "agentsocket.client.limits.message, 1KB",
			"agentsocket.server.limits.depth, 1" })
	void namesThePropertyThatDoesNotFit(String property, String value) {
		this.runner.withPropertyValues(URI_PROPERTY, property + "=" + value)
			.run((context) -> assertThat(Failures.property(context.getStartupFailure())).isEqualTo(property));
	}

	@ParameterizedTest
	@CsvSource({ "limits.frame=128KB, limits.frame, message is 64KB",
			"limits.item=8MB, limits.item, assembly is 4096KB", "limits.metadata=64KB, limits.metadata, frame is 16KB",
			"limits.message=8KB, limits.message, frame is 16KB", "backoff.base=60s, backoff.base, 30000 ms",
			"backoff.first=2s, backoff.first, 1000 ms", "backoff.cap=10ms, backoff.cap, 1000 ms" })
	void blamesThePropertyThatWasSetAndNamesTheOtherOne(String setting, String blamed, String other) {
		this.runner.withPropertyValues(URI_PROPERTY, "agentsocket.client." + setting).run((context) -> {
			assertThat(Failures.property(context.getStartupFailure())).isEqualTo("agentsocket.client." + blamed);
			assertThat(context.getStartupFailure()).rootCause().hasMessageContaining(other);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "agentsocket.client.uris=ws://a.example/x,ws://b.example/x",
			"agentsocket.client.uris[0]=ws://a.example/x|agentsocket.client.uris[1]=ws://b.example/x" })
	void connectsToTheFirstOfSeveralAddresses(String properties) {
		Attempts attempts = new Attempts();
		this.runner.withPropertyValues(properties.split("\\|"))
			.withBean(AgentSocketClientCustomizer.class, () -> (builder) -> builder.webSocketClient(attempts))
			.run((context) -> {
				context.getBean(AgentSocketClient.class).sendEvent("hello", null);
				assertThat(attempts.seen.poll(60, TimeUnit.SECONDS).uri()).isEqualTo(URI.create("ws://a.example/x"));
			});
	}

	@Test
	void eachAddressHasItsTimeAtTheStart() throws IOException {
		try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
				TestServer server = TestServer.with()) {
			this.runner.withPropertyValues(
					// Each of them gives the attempts 5 s, on a busy machine as well.
					"agentsocket.client.uris=ws://127.0.0.1:" + silent.getLocalPort() + "/x,"
							+ String.join(",", Collections.nCopies(4, server.uri())),
					"agentsocket.client.fail-fast=true", "agentsocket.client.connect-timeout=5s")
				.run((context) -> assertThat(context).hasNotFailed());
		}
	}

	@Test
	void oneAddressAndSeveralExcludeEachOther() {
		this.runner.withPropertyValues(URI_PROPERTY, "agentsocket.client.uris=ws://b.example/x")
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.client.uris"));
		this.runner.withPropertyValues("agentsocket.client.uris=ws://a.example/x,http://b.example/x")
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.client.uris"));
	}

	@Test
	void defaultLimitsAreThoseOfTheSpecification() {
		AgentSocketProperties properties = new Binder(new MapConfigurationPropertySource(Collections.emptyMap()))
			.bindOrCreate("agentsocket", AgentSocketProperties.class);
		assertThat(PropertyValues.limits(properties.client().limits(), properties.server().limits().depth()))
			.isEqualTo(Limits.CLIENT);
		assertThat(PropertyValues.limits(properties.server().limits())).isEqualTo(Limits.SERVER);
		assertThat(properties.client().toString()).doesNotContain("bearer");
	}

	@Test
	void idempotencyKeysAreMadeWhenAskedFor() {
		try (TestServer server = TestServer
			.with(Action.named("key").handler((exchange) -> Mono.justOrEmpty(exchange.idempotencyKey())))) {
			String uri = "agentsocket.client.uri=" + server.uri();
			this.runner.withPropertyValues(uri).run((context) -> Await.end(key(context)));
			this.runner.withPropertyValues(uri, "agentsocket.client.idempotency-keys=true")
				.run((context) -> StepVerifier.create(Await.ended(key(context)))
					.expectNextCount(1)
					.expectComplete()
					.verify(TIMEOUT));
		}
	}

	private static Mono<String> key(ApplicationContext context) {
		return context.getBean(AgentSocketClient.class).invoke("key").toMono(String.class);
	}

	@Test
	void repeatsIdempotentCallsUnlessToldOtherwise() {
		this.runner.withPropertyValues(URI_PROPERTY)
			.run((context) -> assertThat(context.getBean(AgentSocketClient.class)).extracting("repeatIdempotent")
				.isEqualTo(true));
		this.runner.withPropertyValues(URI_PROPERTY, "agentsocket.client.repeat-idempotent=false")
			.run((context) -> assertThat(context.getBean(AgentSocketClient.class)).extracting("repeatIdempotent")
				.isEqualTo(false));
	}

	@Test
	void connectsAtStartupWhenAskedTo() {
		try (TestServer server = TestServer.with(Action.named("ping").handler((exchange) -> Mono.just("pong")))) {
			this.runner
				.withPropertyValues("agentsocket.client.uri=" + server.uri(), "agentsocket.client.fail-fast=true")
				.run((context) -> {
					AgentSocketClient client = context.getBean(AgentSocketClient.class);
					assertThat(client.state()).isEqualTo(ConnectionState.CONNECTED);
					StepVerifier.create(Await.ended(client.invoke("ping").toMono(String.class)))
						.expectNext("pong")
						.expectComplete()
						.verify(TIMEOUT);
				});
		}
	}

	@Test
	void failsTheStartWithoutAConnection() {
		this.runner
			.withPropertyValues(URI_PROPERTY, "agentsocket.client.fail-fast=true",
					"agentsocket.client.connect-timeout=2s")
			.run((context) -> {
				assertThat(context).hasFailed();
				assertThat(new NoConnectionFailureAnalyzer().analyze(context.getStartupFailure()).getDescription())
					.contains("ws://127.0.0.1:1/agentsocket")
					.contains("Connection refused");
			});
	}

	@Test
	void saysWhyTheServerRefuses() {
		try (TestServer server = TestServer.with()) {
			this.runner
				.withPropertyValues("agentsocket.client.uri=" + server.uri(), "agentsocket.client.fail-fast=true",
						"agentsocket.client.headers.Origin=http://foreign.example")
				.run((context) -> assertThat(
						new NoConnectionFailureAnalyzer().analyze(context.getStartupFailure()).getDescription())
					.contains("403"));
		}
	}

	static class Listener {

		@AgentEvent("news")
		void news() {
		}

	}

	record Attempt(URI uri, HttpHeaders headers, List<String> subProtocols) {

	}

	/** Notes what is asked for and never connects. */
	private static final class Attempts implements WebSocketClient {

		private final BlockingQueue<Attempt> seen = new LinkedBlockingQueue<>();

		@Override
		public Mono<Void> execute(URI url, WebSocketHandler handler) {
			return execute(url, new HttpHeaders(), handler);
		}

		@Override
		public Mono<Void> execute(URI url, HttpHeaders headers, WebSocketHandler handler) {
			this.seen.add(new Attempt(url, headers, handler.getSubProtocols()));
			return Mono.never();
		}

	}

}
