package com.example.functions;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionChange;
import io.agentsocket.action.Answer;
import io.agentsocket.client.AgentSocketClient;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A pod that learns the actions of one function from the function itself, and an agent.
 */
final class TestRelay implements AutoCloseable {

	/** Longer than anything takes here, on any machine. */
	static final Duration PATIENCE = Duration.ofMinutes(1);

	static final String SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

	private final ConfigurableApplicationContext pod;

	final AgentSocketClient agent;

	TestRelay(String url, String... properties) throws IOException, InterruptedException {
		this.pod = FreePort.use((port) -> pod(url, port, properties));
		awaitActions();
		this.agent = AgentSocketClient
			.builder("ws://127.0.0.1:" + this.pod.getEnvironment().getRequiredProperty("local.server.port")
					+ "/agentsocket")
			.onQuestion((question) -> Mono.just(Answer.of("2027-03-01")))
			.build();
	}

	private static ConfigurableApplicationContext pod(String url, int port, String... properties) {
		String function = "--agentsocket.functions.tested.";
		return new SpringApplicationBuilder(Pod.class).properties("spring.config.name=none")
			.run(Stream
				.concat(Stream.of(properties),
						Stream.of("--server.address=127.0.0.1", "--server.port=" + port, "--logging.level.root=warn",
								"--spring.main.banner-mode=off",
								"--agentsocket.relay.callback.url=http://127.0.0.1:" + port, function + "url=" + url,
								function + "secrets=" + SECRET, function + "describe=true",
								function + "connect-timeout=20s", function + "first-byte-timeout=60s"))
				.toArray(String[]::new));
	}

	/** Waits until the function has told its actions. */
	private void awaitActions() throws InterruptedException {
		ActionCatalog catalog = this.pod.getBean(ActionCatalog.class);
		BlockingQueue<ActionChange> changes = new LinkedBlockingQueue<>();
		Disposable listening = catalog.onChange(changes::add);
		while (catalog.actions().stream().noneMatch((action) -> action.name().equals("trip.book"))) {
			if (changes.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS) == null) {
				throw new IllegalStateException("The function has not told its actions");
			}
		}
		listening.dispose();
	}

	<T> T call(String action, Map<String, Object> arguments, Class<T> type) {
		return this.agent.invoke(action).arguments(arguments).toMono(type).block(PATIENCE);
	}

	@Override
	public void close() {
		this.agent.close().block(PATIENCE);
		this.pod.close();
	}

	/** It has no tools of its own. */
	@SpringBootConfiguration
	@EnableAutoConfiguration
	static class Pod {

	}

}
