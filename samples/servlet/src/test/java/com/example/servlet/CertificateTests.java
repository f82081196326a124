package com.example.servlet;

import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.KeyManagerFactory;

import io.agentsocket.client.AgentSocketClient;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.jetty.servlet.JettyServletWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Agents that show a certificate, over TLS.
 */
class CertificateTests {

	private static final Duration TIMEOUT = Duration.ofSeconds(60);

	private static final String SECRET = "secret";

	@TempDir
	static Path keys;

	@BeforeAll
	static void createKeys() throws Exception {
		createKey("server");
		createKey("ann");
		KeyStore trusted = KeyStore.getInstance("PKCS12");
		trusted.load(null, null);
		trusted.setCertificateEntry("ann", store("ann").getCertificate("key"));
		try (OutputStream file = Files.newOutputStream(keys.resolve("trusted.p12"))) {
			trusted.store(file, SECRET.toCharArray());
		}
	}

	private static void createKey(String name) throws Exception {
		String keytool = System.getProperty("java.home") + File.separator + "bin" + File.separator + "keytool";
		Process process = new ProcessBuilder(keytool, "-genkeypair", "-alias", "key", "-keyalg", "EC", "-dname",
				"CN=" + name, "-validity", "10", "-storetype", "PKCS12", "-storepass", SECRET, "-keystore",
				keys.resolve(name + ".p12").toString(), "-ext", "san=ip:127.0.0.1")
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
		assertThat(process.exitValue()).isZero();
	}

	private static KeyStore store(String name) throws Exception {
		return KeyStore.getInstance(keys.resolve(name + ".p12").toFile(), SECRET.toCharArray());
	}

	private static SslContext ann() throws Exception {
		KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
		factory.init(store("ann"), SECRET.toCharArray());
		return SslContextBuilder.forClient()
			.trustManager(InsecureTrustManagerFactory.INSTANCE)
			.endpointIdentificationAlgorithm(null)
			.keyManager(factory)
			.build();
	}

	@ParameterizedTest
	@ValueSource(classes = { TomcatServletWebServerFactory.class, JettyServletWebServerFactory.class })
	void thePrincipalOfACertificateReachesTheTool(Class<?> container) throws Exception {
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(ServletApplication.class, container)
			.run("--server.port=0", "--server.address=127.0.0.1",
					"--server.ssl.key-store=" + keys.resolve("server.p12"), "--server.ssl.key-store-password=" + SECRET,
					"--server.ssl.trust-store=" + keys.resolve("trusted.p12"),
					"--server.ssl.trust-store-password=" + SECRET, "--server.ssl.client-auth=want",
					"--agentsocket.server.drain-timeout=1s")) {
			SslContext ssl = ann();
			AgentSocketClient client = AgentSocketClient
				.builder("wss://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port")
						+ "/agentsocket")
				.httpClient((http) -> http.secure((spec) -> spec.sslContext(ssl)))
				.build();
			assertThat(client.invoke("orders.caller").toMono(String.class).block(TIMEOUT)).startsWith("ann/");
			String large = "x".repeat(500_000);
			assertThat(
					client.invoke("orders.print").arguments(Map.of("text", large)).toMono(String.class).block(TIMEOUT))
				.isEqualTo(large);
			assertThat(client.invoke("orders.numbers")
				.arguments(Map.of("count", 5_000))
				.toFlux(Integer.class)
				.count()
				.block(TIMEOUT)).isEqualTo(5_000);
			client.close().block(TIMEOUT);
		}
	}

}
