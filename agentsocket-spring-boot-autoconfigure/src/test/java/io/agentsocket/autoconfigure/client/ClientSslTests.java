package io.agentsocket.autoconfigure.client;

import java.io.File;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.Principal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.agentsocket.Await;
import io.agentsocket.TestKeys;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.client.ConnectionState;
import io.agentsocket.server.AgentSocketOperations;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslBundleRegistry;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.reactive.context.ReactiveWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.core.userdetails.MapReactiveUserDetailsService;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Client and server that know each other by certificates, both from SSL bundles. The keys
 * are made when the test runs.
 */
@ExtendWith(OutputCaptureExtension.class)
class ClientSslTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static final String SECRET = "changeit";

	private static final String BUNDLE = "spring.ssl.bundle.jks.keys.";

	@TempDir
	static Path keys;

	private static ConfigurableApplicationContext server;

	@BeforeAll
	static void start() throws Exception {
		create("server", "CN=server", "ip:127.0.0.1");
		create("stranger", "CN=stranger", "dns:elsewhere.example");
		create("alice", "CN=alice", "dns:alice");
		create("bob", "CN=bob", "dns:bob");
		trust("agents", "alice", "bob");
		trust("servers", "server", "stranger");
		server = run(WebApplicationType.REACTIVE, Application.class,
				arguments("server", "agents", "--server.ssl.bundle=keys", "--server.ssl.client-auth=need",
						"--server.port=0", "--server.address=127.0.0.1", "--agentsocket.session.store=memory"));
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	private static void create(String name, String subject, String alternative) throws Exception {
		TestKeys.create(Path.of(file(name)), SECRET, "key", subject, "-ext", "san=" + alternative);
	}

	private static void trust(String name, String... others) throws Exception {
		KeyStore store = KeyStore.getInstance("PKCS12");
		store.load(null, null);
		for (String other : others) {
			store.setCertificateEntry(other, store(other).getCertificate("key"));
		}
		try (OutputStream out = Files.newOutputStream(Path.of(file(name)))) {
			store.store(out, SECRET.toCharArray());
		}
	}

	private static String file(String name) {
		return keys.resolve(name + ".p12").toString();
	}

	private static KeyStore store(String name) throws Exception {
		return KeyStore.getInstance(new File(file(name)), SECRET.toCharArray());
	}

	private static String[] arguments(String key, String trusted, String... more) {
		List<String> all = new ArrayList<>(List.of(more));
		all.add("--" + BUNDLE + "keystore.location=file:" + file(key));
		all.add("--" + BUNDLE + "keystore.password=" + SECRET);
		all.add("--" + BUNDLE + "truststore.location=file:" + file(trusted));
		all.add("--" + BUNDLE + "truststore.password=" + SECRET);
		return all.toArray(String[]::new);
	}

	private static ConfigurableApplicationContext run(WebApplicationType type, Class<?> application,
			String... arguments) {
		return new SpringApplicationBuilder(application).web(type).run(arguments);
	}

	private static ConfigurableApplicationContext client(int port, String... more) {
		List<String> all = new ArrayList<>(List.of(more));
		all.add("--agentsocket.client.uri=wss://127.0.0.1:" + port + "/agentsocket");
		return run(WebApplicationType.NONE, Client.class, all.toArray(String[]::new));
	}

	private static int port(ConfigurableApplicationContext context) {
		return ((ReactiveWebServerApplicationContext) context).getWebServer().getPort();
	}

	private static String whoAmI(AgentSocketClient client) {
		return client.invoke("who").toMono(String.class).block(TIMEOUT);
	}

	@Test
	void theCertificateOfTheClientIsItsIdentity() {
		try (ConfigurableApplicationContext context = client(port(server),
				arguments("alice", "servers", "--agentsocket.client.ssl.bundle=keys"))) {
			assertThat(whoAmI(context.getBean(AgentSocketClient.class))).isEqualTo("alice");
		}
	}

	@Test
	void aBundleThatChangesCountsForTheNextConnection(CapturedOutput output) throws Exception {
		try (ConfigurableApplicationContext context = client(port(server),
				arguments("alice", "servers", "--agentsocket.client.ssl.bundle=keys"))) {
			AgentSocketClient client = context.getBean(AgentSocketClient.class);
			assertThat(whoAmI(client)).isEqualTo("alice");
			String before = client.sessionId();
			context.getBean(SslBundleRegistry.class)
				.updateBundle("keys", SslBundle.of(SslStoreBundle.of(store("bob"), SECRET, store("servers"))));
			assertThat(whoAmI(client)).isEqualTo("alice");

			server.getBean(AgentSocketOperations.class).reauthenticate("alice").block(TIMEOUT);
			Await.until(() -> client.state() == ConnectionState.CONNECTED && !client.sessionId().equals(before));
			assertThat(whoAmI(client)).isEqualTo("bob");
			assertThat(output).contains("The SSL bundle of the client has changed");
		}
	}

	@Test
	void aClientWithoutACertificateOrWithTheWrongTrustDoesNotConnect() {
		for (String[] arguments : List.of(arguments("stranger", "servers", "--agentsocket.client.ssl.bundle=keys"),
				arguments("alice", "agents", "--agentsocket.client.ssl.bundle=keys"), arguments("alice", "servers"))) {
			try (ConfigurableApplicationContext context = client(port(server), arguments)) {
				AgentSocketClient client = context.getBean(AgentSocketClient.class);
				client.connect().subscribe((nothing) -> {
				}, (error) -> {
				});
				Await.until(() -> client.lastFailure() != null);
				assertThat(client.state()).isNotEqualTo(ConnectionState.CONNECTED);
			}
		}
	}

	@Test
	void aCertificateOfAnotherHostIsNotTrusted() {
		try (ConfigurableApplicationContext other = run(WebApplicationType.REACTIVE, Application.class,
				arguments("stranger", "agents", "--server.ssl.bundle=keys", "--server.port=0",
						"--server.address=127.0.0.1", "--agentsocket.session.store=memory"));
				ConfigurableApplicationContext context = client(port(other),
						arguments("alice", "servers", "--agentsocket.client.ssl.bundle=keys"))) {
			AgentSocketClient client = context.getBean(AgentSocketClient.class);
			client.connect().subscribe((nothing) -> {
			}, (error) -> {
			});
			Await.until(() -> client.lastFailure() != null);
			assertThat(client.state()).isNotEqualTo(ConnectionState.CONNECTED);
		}
	}

	/**
	 * A server that asks for certificates.
	 */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application extends Resources {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().authenticated())
				.x509(Customizer.withDefaults())
				.build();
		}

		@Bean
		MapReactiveUserDetailsService users() {
			return new MapReactiveUserDetailsService(
					User.withUsername("alice").password("{noop}none").roles("USER").build(),
					User.withUsername("bob").password("{noop}none").roles("USER").build());
		}

		@Bean
		Tools tools() {
			return new Tools();
		}

	}

	/**
	 * Tools of the server.
	 */
	static class Tools {

		@AgentTool
		String who(Principal principal) {
			return principal.getName();
		}

	}

	/**
	 * An application with a client only.
	 */
	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Client extends Resources {

	}

	/**
	 * Event loops of their own: an application that closes takes no others along.
	 */
	static class Resources {

		@Bean
		ReactorResourceFactory reactorResources() {
			ReactorResourceFactory factory = new ReactorResourceFactory();
			factory.setUseGlobalResources(false);
			return factory;
		}

	}

}
