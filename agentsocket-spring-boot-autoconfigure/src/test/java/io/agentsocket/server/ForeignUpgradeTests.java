package io.agentsocket.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentsocket.Await;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpHeaders;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Upgrade requests of web pages that have no business here, and of those that have.
 */
class ForeignUpgradeTests {

	private static final Duration TIMEOUT = Await.LONG;

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.with();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	private static int status(Map<String, String> headers) throws IOException {
		try (PlainSocket socket = new PlainSocket(server.port(), TIMEOUT)) {
			return socket.upgrade(headers);
		}
	}

	private static Map<String, String> headers(String... namesAndValues) {
		Map<String, String> headers = new LinkedHashMap<>();
		for (int i = 0; i < namesAndValues.length; i += 2) {
			headers.put(namesAndValues[i], namesAndValues[i + 1]);
		}
		return headers;
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://a:b:c", "http://", "://", "x", "http://[", "http://a b", "http://a:99999999", "%",
			"null", "https://evil.example", "file://" })
	void anOriginThatIsForeignOrNoneIsRefused(String origin) throws IOException {
		assertThat(status(headers("Origin", origin))).isEqualTo(403);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://127.0.0.1:%d#@evil.example", "http://127.0.0.1:%d/page", "http://127.0.0.1:%d?a",
			"http://evil.example@127.0.0.1:%d", "http://127.0.0.1:%d#" })
	void anOriginHasNothingBehindTheHost(String origin) throws IOException {
		assertThat(status(headers("Origin", origin.formatted(server.port())))).isEqualTo(403);
	}

	@Test
	void twoOriginsAreRefused() throws IOException {
		assertThat(status(headers("Origin", "http://allowed.example"))).isEqualTo(101);
		assertThat(status(headers("Origin", "http://allowed.example", "origin", "http://allowed.example")))
			.isEqualTo(403);
	}

	@Test
	void twoHostsAreRefused() throws IOException {
		// Servlet containers refuse that by themselves.
		assertThat(status(headers("Host", "localhost", "host", "evil.example")))
			.isEqualTo((TestWeb.present() == TestWeb.NETTY) ? 403 : 400);
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", "", "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZWU=",
			"dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ==", "!!hlIHNhbXBsZSBub25jZQ==" })
	void aKeyHasSixteenBytes(String key) throws IOException {
		assertThat(status(headers("Sec-WebSocket-Key", key))).isEqualTo(400);
	}

	@Test
	void connectionThatIsNotToBeUpgradedIsRefused() throws IOException {
		assertThat(status(headers("Connection", "close"))).isEqualTo(400);
		assertThat(status(headers("Connection", "keep-alive, UPGRADE"))).isEqualTo(101);
	}

	@ParameterizedTest
	@ValueSource(strings = { "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example",
			"notlocalhost", "EVIL.example.", "1.2.3.4.5" })
	void aForeignNameIsRefusedOnLoopback(String host) throws IOException {
		assertThat(status(headers("Host", host))).isEqualTo(403);
		assertThat(status(headers("Host", host, "Origin", "http://" + host))).isEqualTo(403);
	}

	@ParameterizedTest
	@ValueSource(strings = { "localhost", "LOCALHOST:8080", "localhost.", "agent.localhost", "127.0.0.1:1",
			"192.168.1.7", "[::1]", "[::1]:8080" })
	void namesOfThisMachineAndAddressesPass(String host) throws IOException {
		assertThat(status(headers("Host", host))).isEqualTo(101);
		assertThat(status(headers("Host", host, "Origin", "http://" + host))).isEqualTo(101);
	}

	@Test
	void whatComesThroughAProxyPasses() throws IOException {
		assertThat(status(headers("Host", "agents.example", "X-Forwarded-For", "10.0.0.1"))).isEqualTo(101);
		assertThat(status(headers("Host", "agents.example", "Forwarded", "for=10.0.0.1"))).isEqualTo(101);
	}

	@ParameterizedTest
	@CsvSource({ "agents.example,true", "AGENTS.example:8443,true", "pod.inner.example,true", "inner.example,false",
			"evil.example,false", "localhost,false", "127.0.0.1,false", "xagents.example,false",
			"[2001:db8::1]:80,true" })
	void aListOfHostsIsAllThatPasses(String host, boolean allowed) throws UnknownHostException {
		HostPolicy policy = new HostPolicy(List.of("agents.example", "*.inner.example", "[2001:db8::1]"));
		assertThat(policy.allows(request(host, "127.0.0.1"))).isEqualTo(allowed);
		assertThat(policy.allows(request(host, "10.1.2.3"))).isEqualTo(allowed);
	}

	@Test
	void withoutAListEveryNamePassesElsewhere() throws UnknownHostException {
		assertThat(new HostPolicy(List.of()).allows(request("agents.example", "10.1.2.3"))).isTrue();
	}

	private static UpgradeAttempt request(String host, String local) throws UnknownHostException {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.HOST, host);
		return new Attempt(headers, new InetSocketAddress(InetAddress.getByName(local), 80));
	}

	private record Attempt(HttpHeaders headers, InetSocketAddress localAddress) implements UpgradeAttempt {

		@Override
		public String method() {
			return "GET";
		}

		@Override
		public URI uri() {
			return URI.create("http://localhost/agentsocket");
		}

		@Override
		public @Nullable InetSocketAddress remoteAddress() {
			return null;
		}

		@Override
		public boolean hasHeader(Collection<String> names) {
			return names.stream().anyMatch(this.headers::containsHeader);
		}

	}

}
