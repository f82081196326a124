package io.agentsocket.autoconfigure.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;

import javax.net.ssl.KeyManagerFactory;

import io.agentsocket.Await;
import io.agentsocket.TestKeys;
import io.agentsocket.action.Action;
import io.agentsocket.autoconfigure.AgentSocketAutoConfiguration;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.server.TestServer;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ssl.SslAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A client trusts whom its SSL bundle trusts.
 */
class ClientTlsTests {

	private static final String PASSWORD = "changeit";

	@TempDir
	static Path folder;

	private static TestServer server;

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(SslAutoConfiguration.class, AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketClientAutoConfiguration.class))
		.withPropertyValues("agentsocket.client.uri=wss://127.0.0.1:" + server.port() + "/agentsocket",
				"spring.ssl.bundle.jks.ours.truststore.location=file:" + store(),
				"spring.ssl.bundle.jks.ours.truststore.password=" + PASSWORD);

	@BeforeAll
	static void serve() throws IOException, InterruptedException, GeneralSecurityException {
		TestKeys.create(store(), PASSWORD, "server", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1");
		KeyStore keys = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(store())) {
			keys.load(in, PASSWORD.toCharArray());
		}
		KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		factory.init(keys, PASSWORD.toCharArray());
		SslContext context = SslContextBuilder.forServer(factory).build();
		server = new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).build(), (builder) -> {
		}, (http) -> http.secure((spec) -> spec.sslContext(context)),
				Action.named("ping").handler((exchange) -> Mono.just("pong")));
	}

	private static Path store() {
		return folder.resolve("server.p12");
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void connectsWithTheBundle() {
		this.runner.withPropertyValues("agentsocket.client.ssl.bundle=ours")
			.run((context) -> StepVerifier
				.create(Await.ended(context.getBean(AgentSocketClient.class).invoke("ping").toMono(String.class)))
				.expectNext("pong")
				.expectComplete()
				.verify(Await.LONG));
	}

	@Test
	void trustsNobodyElseWithoutIt() {
		this.runner.run((context) -> {
			AgentSocketClient client = context.getBean(AgentSocketClient.class);
			client.sendEvent("hello", null);
			Await.untilAsserted(() -> assertThat(client.lastFailure()).contains("certification path"));
		});
	}

}
