package io.agentsocket.autoconfigure.server;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.AgentSession;
import io.agentsocket.session.AgentSessionListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;
import org.springframework.web.reactive.socket.CloseStatus;
import org.springframework.web.reactive.socket.WebSocketHandler;
import org.springframework.web.reactive.socket.WebSocketSession;
import org.springframework.web.reactive.socket.client.ReactorNettyWebSocketClient;
import org.springframework.web.reactive.socket.client.WebSocketClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Connections when the application stops. Without a drain, one idle socket would take the
 * whole time of the shutdown phase.
 */
class DrainTests {

	private static final Duration TIMEOUT = Await.LONG;

	/** Less than any time that the server waits for somebody. */
	private static final Duration QUICK = Await.LONG;

	private final ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class).run(
			"--server.port=0", "--server.address=127.0.0.1", "--spring.lifecycle.timeout-per-shutdown-phase=120s",
			"--agentsocket.server.drain-timeout=110s", "--agentsocket.server.drain-spread=1h");

	private final Closes closes = new Closes();

	private final AgentSocketClient client = AgentSocketClient
		.builder("ws://127.0.0.1:" + this.context.getEnvironment().getRequiredProperty("local.server.port")
				+ "/agentsocket")
		.webSocketClient(this.closes)
		.build();

	@AfterEach
	void close() {
		Await.end(this.client.close());
		this.context.close();
	}

	@Test
	void anIdleConnectionIsClosedAtOnceWith4000() {
		Await.end(this.client.connect());
		long begin = System.nanoTime();
		this.context.close();
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(QUICK);
		StepVerifier.create(Await.ended(this.closes.first.asMono().map(CloseStatus::getCode)))
			.expectNext(4000)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void aRunningInvocationIsFinishedFirst() {
		Gate gate = this.context.getBean(Gate.class);
		AgentSocketServer server = this.context.getBean(AgentSocketServer.class);
		Thread stop = new Thread(this.context::close);
		StepVerifier.create(this.client.invoke("wait").toMono(String.class)).then(() -> {
			Await.end(gate.entered.asMono());
			stop.start();
			StepVerifier
				.create(Await.ended(Mono.fromSupplier(server::isAccepting)
					.filter((accepting) -> !accepting)
					.repeatWhenEmpty((again) -> again.delayElements(Duration.ofMillis(10)))))
				.expectNext(false)
				.expectComplete()
				.verify(TIMEOUT);
			// The server may be ahead of what the client knows of itself.
			Await.until(() -> this.client.state() == ConnectionState.CONNECTED);
			gate.open.tryEmitEmpty();
		}).expectNext("finished").expectComplete().verify(TIMEOUT);
		StepVerifier.create(Await.ended(this.closes.first.asMono().map(CloseStatus::getCode)))
			.expectNext(4000)
			.expectComplete()
			.verify(TIMEOUT);
	}

	@Test
	void blockingToolsGoOnUntilTheirAgentsHaveLeft() {
		AgentSocketServer server = this.context.getBean(AgentSocketServer.class);
		Gate gate = this.context.getBean(Gate.class);
		List<Integer> lines = new CopyOnWriteArrayList<>();
		BaseSubscriber<Integer> reader = new BaseSubscriber<>() {

			@Override
			protected void hookOnSubscribe(Subscription subscription) {
				subscription.request(2);
			}

			@Override
			protected void hookOnNext(Integer line) {
				lines.add(line);
			}

		};
		this.client.invoke("files.lines").toFlux(Integer.class).subscribe(reader);
		this.client.invoke("wait").toMono(String.class).subscribe();
		Await.until(() -> lines.size() == 2);
		Await.end(gate.entered.asMono());
		Thread stop = new Thread(this.context::close);
		stop.start();
		Await.until(() -> !server.isAccepting());
		// It has begun before, and goes on.
		reader.request(Long.MAX_VALUE);
		Await.until(() -> lines.size() == 1000);
		// And this one was on its way.
		StepVerifier.create(Await.ended(this.client.invoke("files.size").toMono(Integer.class)))
			.expectNext(1000)
			.expectComplete()
			.verify(TIMEOUT);
		gate.open.tryEmitEmpty();
	}

	@Test
	void listenersHearThatTheSessionHasEnded() {
		Await.end(this.client.connect());
		Notices notices = this.context.getBean(Notices.class);
		this.context.close();
		StepVerifier.create(Await.ended(notices.ended.asMono()))
			.expectNext(AgentSessionListener.EndReason.SHUTDOWN)
			.expectComplete()
			.verify(TIMEOUT);
	}

	/** Blocking tools, as most are. */
	@AgentTool("files")
	static class Files {

		@AgentTool(description = "The number of lines")
		int size() {
			return 1000;
		}

		@AgentTool(description = "All lines")
		java.util.stream.Stream<Integer> lines() {
			return java.util.stream.Stream.iterate(0, (line) -> line + 1).limit(size());
		}

	}

	/** Notes why a session has ended. */
	private static final class Notices implements AgentSessionListener {

		private final Sinks.One<EndReason> ended = Sinks.one();

		@Override
		public void ended(AgentSession session, EndReason reason) {
			this.ended.tryEmitValue(reason);
		}

	}

	record Gate(Sinks.Empty<Void> entered, Sinks.Empty<Void> open) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		Files files() {
			return new Files();
		}

		@Bean
		Notices notices() {
			return new Notices();
		}

		@Bean
		Gate gate() {
			return new Gate(Sinks.empty(), Sinks.empty());
		}

		@Bean
		Action waiting(Gate gate) {
			return Action.named("wait").handler((exchange) -> Mono.defer(() -> {
				gate.entered().tryEmitEmpty();
				return gate.open().asMono().thenReturn("finished");
			}));
		}

		@Bean
		SecurityWebFilterChain securityWebFilterChain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().permitAll()).build();
		}

	}

	/** Notes how the first connection is closed. */
	private static final class Closes implements WebSocketClient {

		private final WebSocketClient delegate = new ReactorNettyWebSocketClient();

		private final Sinks.One<CloseStatus> first = Sinks.one();

		@Override
		public Mono<Void> execute(URI url, WebSocketHandler handler) {
			return execute(url, new HttpHeaders(), handler);
		}

		@Override
		public Mono<Void> execute(URI url, HttpHeaders headers, WebSocketHandler handler) {
			return this.delegate.execute(url, headers, new WebSocketHandler() {

				@Override
				public List<String> getSubProtocols() {
					return handler.getSubProtocols();
				}

				@Override
				public Mono<Void> handle(WebSocketSession session) {
					Mono<Void> closed = session.closeStatus().doOnNext(Closes.this.first::tryEmitValue).then();
					return Mono.when(handler.handle(session), closed);
				}

			});
		}

	}

}
