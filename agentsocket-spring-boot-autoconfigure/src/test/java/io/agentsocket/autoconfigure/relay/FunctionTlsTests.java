package io.agentsocket.autoconfigure.relay;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

import javax.net.ssl.KeyManagerFactory;

import io.agentsocket.Await;
import io.agentsocket.OwnEventLoops;
import io.agentsocket.TestKeys;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.netty.handler.ssl.SslContextBuilder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.Http11SslContextSpec;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.server.HttpServer;
import reactor.netty.tcp.SslProvider;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Functions behind TLS, which choose the version of HTTP.
 */
class FunctionTlsTests {

	private static final String PASSWORD = "changeit";

	@TempDir
	private static Path folder;

	private static KeyManagerFactory keys;

	/** The sockets over which requests came. */
	private final Queue<Integer> ports = new ConcurrentLinkedQueue<>();

	private final Queue<String> gone = new ConcurrentLinkedQueue<>();

	@BeforeAll
	static void keys() throws IOException, InterruptedException, GeneralSecurityException {
		TestKeys.create(store(), PASSWORD, "server", "CN=127.0.0.1", "-ext", "san=ip:127.0.0.1");
		KeyStore store = KeyStore.getInstance("PKCS12");
		try (InputStream in = Files.newInputStream(store())) {
			store.load(in, PASSWORD.toCharArray());
		}
		keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		keys.init(store, PASSWORD.toCharArray());
	}

	private static Path store() {
		return folder.resolve("server.p12");
	}

	private DisposableServer function(boolean http2) {
		HttpServer server = HttpServer.create().host("127.0.0.1").port(0);
		SslProvider.GenericSslContextSpec<SslContextBuilder> tls = http2 ? Http2SslContextSpec.forServer(keys)
				: Http11SslContextSpec.forServer(keys);
		server = http2 ? server.protocol(HttpProtocol.H2, HttpProtocol.HTTP11) : server;
		server = server.secure((spec) -> spec.sslContext(tls));
		return server.handle((request, response) -> {
			this.ports.add(request.remoteAddress().getPort());
			return request.receive().aggregate().asString().flatMap((body) -> {
				if (body.contains("\"shop.hang\"")) {
					return Mono.<Void>never().doFinally((signal) -> this.gone.add("gone"));
				}
				return response.header("content-type", "application/json")
					.sendString(Mono.just("\"" + request.version().text() + "\""))
					.then();
			});
		}).bindNow(Await.LONG);
	}

	private ConfigurableApplicationContext pod(DisposableServer function, String... more) {
		String[] properties = { "--server.port=0", "--server.address=127.0.0.1",
				"--agentsocket.server.hello-timeout=60s",
				"--agentsocket.functions.shop.url=https://127.0.0.1:" + function.port() + "/shop",
				"--agentsocket.functions.shop.connect-timeout=30s", "--agentsocket.functions.shop.warm-up=false",
				"--agentsocket.functions.shop.actions[0].name=shop.version",
				"--agentsocket.functions.shop.actions[1].name=shop.hang",
				"--spring.ssl.bundle.jks.ours.truststore.location=file:" + store(),
				"--spring.ssl.bundle.jks.ours.truststore.password=" + PASSWORD };
		String[] all = java.util.stream.Stream
			.concat(java.util.Arrays.stream(properties), java.util.Arrays.stream(more))
			.toArray(String[]::new);
		return new SpringApplicationBuilder(FunctionApplicationTests.Application.class, OwnEventLoops.class)
			.web(WebApplicationType.REACTIVE)
			.run(all);
	}

	private static AgentSocketClient agent(ConfigurableApplicationContext pod) {
		AgentSocketClient client = AgentSocketClient
			.builder("ws://127.0.0.1:" + pod.getEnvironment().getProperty("local.server.port") + "/agentsocket")
			.build();
		client.connect().block(Await.LONG);
		return client;
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void functionChoosesTheVersionOfHttp(boolean http2) {
		DisposableServer function = function(http2);
		try (ConfigurableApplicationContext pod = pod(function, "--agentsocket.functions.shop.ssl.bundle=ours")) {
			AgentSocketClient client = agent(pod);
			for (int i = 0; i < 2; i++) {
				assertThat(client.invoke("shop.version").toMono(String.class).block(Await.LONG))
					.isEqualTo(http2 ? "HTTP/2.0" : "HTTP/1.1");
			}
			client.close().block(Await.LONG);
		}
		finally {
			function.disposeNow(Await.LONG);
		}
	}

	/**
	 * A request that is given up ends its stream, and not the connection of the others.
	 */
	@Test
	void cancelledRequestResetsItsStream() {
		DisposableServer function = function(true);
		try (ConfigurableApplicationContext pod = pod(function, "--agentsocket.functions.shop.ssl.bundle=ours")) {
			AgentSocketClient client = agent(pod);
			client.invoke("shop.version").toMono(String.class).block(Await.LONG);
			Disposable hanging = client.invoke("shop.hang").toMono(String.class).subscribe();
			Await.until(() -> this.ports.size() == 2);
			hanging.dispose();
			Await.until(() -> !this.gone.isEmpty());
			client.invoke("shop.version").toMono(String.class).block(Await.LONG);
			assertThat(java.util.Set.copyOf(this.ports)).hasSize(1);
			client.close().block(Await.LONG);
		}
		finally {
			function.disposeNow(Await.LONG);
		}
	}

	@Test
	void functionThatIsNotTrustedIsNotAsked() {
		DisposableServer function = function(true);
		try (ConfigurableApplicationContext pod = pod(function)) {
			AgentSocketClient client = agent(pod);
			assertThatExceptionOfType(ActionException.class)
				.isThrownBy(() -> client.invoke("shop.version").toMono(String.class).block(Await.LONG))
				.satisfies((error) -> assertThat(error.errorCode()).isEqualTo(ErrorCode.UNAVAILABLE))
				.satisfies((error) -> assertThat(error.hasMaybeRun()).isFalse());
			assertThat(this.ports).isEmpty();
			client.close().block(Await.LONG);
		}
		finally {
			function.disposeNow(Await.LONG);
		}
	}

}
