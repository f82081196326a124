package io.agentsocket.autoconfigure.console;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import io.agentsocket.OwnEventLoops;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.support.PropertiesLoaderUtils;
import org.springframework.security.config.web.server.ServerHttpSecurity;
import org.springframework.security.web.server.SecurityWebFilterChain;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The console as a browser gets it: its address, headers and files.
 */
@ExtendWith(OutputCaptureExtension.class)
class ConsoleTests {

	private static final String ENABLED = "--agentsocket.console.enabled=true";

	private static final Pattern LINK = Pattern.compile("(?:href|src)=\"([^\"#]+)\"|from '([^']+)'");

	/** Packages that the programs import which the console writes. */
	private static final Set<String> PACKAGES = Set.of("agentsocket", "ws");

	/** The console at its usual place, started by the first test that needs it. */
	private static @Nullable ConfigurableApplicationContext open;

	private final HttpClient http = HttpClient.newHttpClient();

	private static ConfigurableApplicationContext open() {
		ConfigurableApplicationContext context = (open != null) ? open : start(Open.class, ENABLED);
		open = context;
		return context;
	}

	@AfterAll
	static void stop() {
		if (open != null) {
			open.close();
			open = null;
		}
	}

	private static ConfigurableApplicationContext start(Class<?> source, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--server.port=0", "--server.address=127.0.0.1"));
		all.addAll(List.of(arguments));
		return new SpringApplicationBuilder(source).run(all.toArray(String[]::new));
	}

	private static URI uri(ConfigurableApplicationContext context, String path) {
		return URI
			.create("http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port") + path);
	}

	private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
		return this.http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
	}

	@Test
	void isOffByDefault() throws Exception {
		try (ConfigurableApplicationContext context = start(Open.class)) {
			assertThat(get(uri(context, "/agentsocket/console/")).statusCode()).isEqualTo(404);
			assertThat(get(uri(context, "/agentsocket/console/app.js")).statusCode()).isEqualTo(404);
		}
	}

	@Test
	void isOnWithTheDeveloperTools() throws IOException {
		assertThat(PropertiesLoaderUtils.loadProperties(new ClassPathResource("META-INF/spring-devtools.properties")))
			.containsEntry("defaults.agentsocket.console.enabled", "true");
	}

	@ParameterizedTest
	@CsvSource({ "'', /agentsocket", "/api, /agentsocket", "'', /", "/api, /deep/path" })
	void everyFileThatThePageAsksForIsThere(String base, String path) throws Exception {
		try (ConfigurableApplicationContext context = start(Open.class, ENABLED, "--spring.webflux.base-path=" + base,
				"--agentsocket.server.path=" + path)) {
			URI page = uri(context, base + (path.equals("/") ? "" : path) + "/console");
			HttpResponse<String> redirect = get(page);
			assertThat(redirect.statusCode()).isEqualTo(302);
			assertThat(redirect.headers().firstValue("Location")).contains("console/");
			Set<URI> seen = new HashSet<>();
			check(page.resolve("console/"), seen);
			assertThat(seen).hasSizeGreaterThan(30)
				.contains(page.resolve("console/client/session.js"), page.resolve("console/style.css"));
		}
	}

	private void check(URI uri, Set<URI> seen) throws Exception {
		if (!seen.add(uri)) {
			return;
		}
		HttpResponse<String> response = get(uri);
		assertThat(response.statusCode()).as(uri.toString()).isEqualTo(200);
		assertThat(response.headers().firstValue("Content-Security-Policy").orElse(""))
			.contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
			.doesNotContain("unsafe");
		assertThat(response.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
		assertThat(response.headers().firstValue("Referrer-Policy")).contains("no-referrer");
		String extension = uri.getPath().substring(uri.getPath().lastIndexOf('.') + 1);
		assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith(switch (extension) {
			case "js" -> "text/javascript";
			case "css" -> "text/css";
			default -> "text/html";
		});
		assertThat(response.body()).doesNotContain("http://", "https://")
			.doesNotContain("innerHTML", "insertAdjacentHTML", "document.write", "eval(");
		for (String link : LINK.matcher(response.body())
			.results()
			.map((match) -> (match.group(1) != null) ? match.group(1) : match.group(2))
			.filter((link) -> !link.startsWith("data:") && !PACKAGES.contains(link))
			.toList()) {
			check(uri.resolve(link), seen);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "/agentsocket/console/none.js", "/agentsocket/console/client/",
			"/agentsocket/console/ConsoleFiles.class", "/agentsocket/console/%2e%2e/%2e%2e/autoconfigure/package.html",
			"/agentsocket/console/..%2f..%2f..%2fMETA-INF/spring.factories", "/agentsocket/console//app.js",
			"/agentsocket/consoles/app.js" })
	void nothingElseIs(String path) throws Exception {
		assertThat(get(uri(open(), path)).statusCode()).isIn(400, 404);
	}

	@Test
	void onlyReads() throws Exception {
		URI page = uri(open(), "/agentsocket/console/");
		HttpResponse<String> post = this.http.send(
				HttpRequest.newBuilder(page).POST(HttpRequest.BodyPublishers.noBody()).build(),
				BodyHandlers.ofString());
		assertThat(post.statusCode()).isEqualTo(405);
		assertThat(post.headers().firstValue("Allow").orElse("")).contains("GET", "HEAD");
		HttpResponse<String> head = this.http.send(
				HttpRequest.newBuilder(page).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
				BodyHandlers.ofString());
		assertThat(head.statusCode()).isEqualTo(200);
		assertThat(head.headers().firstValueAsLong("Content-Length").orElse(0)).isGreaterThan(1000);
	}

	@Test
	void isBehindTheSecurityOfTheEndpoint(CapturedOutput output) throws Exception {
		try (ConfigurableApplicationContext context = start(Closed.class, ENABLED)) {
			assertThat(get(uri(context, "/agentsocket/console/")).statusCode()).isEqualTo(401);
			assertThat(get(uri(context, "/agentsocket/console/client/index.js")).statusCode()).isEqualTo(401);
		}
		assertThat(output).contains("Agent Socket console at /agentsocket/console")
			.doesNotContain("Agent Socket console is served");
	}

	@Test
	void withoutSecurityTheStartWarns(CapturedOutput output) {
		start(Open.class, ENABLED).close();
		assertThat(output).contains("WARN")
			.contains("The Agent Socket console is served at /agentsocket/console")
			.contains("agentsocket.console.enabled=false");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration(excludeName = {
			"org.springframework.boot.security.autoconfigure.web.reactive.ReactiveWebSecurityAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.actuate.web.reactive.ReactiveManagementWebSecurityAutoConfiguration",
			"org.springframework.boot.security.autoconfigure.ReactiveUserDetailsServiceAutoConfiguration" })
	@Import(OwnEventLoops.class)
	static class Open {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Closed {

		@Bean
		SecurityWebFilterChain chain(ServerHttpSecurity http) {
			return http.authorizeExchange((exchanges) -> exchanges.anyExchange().authenticated())
				.httpBasic((basic) -> basic.authenticationManager((authentication) -> Mono.empty()))
				.build();
		}

	}

}
