package io.agentsocket.test;

import java.net.URI;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.annotation.Internal;
import io.agentsocket.client.AgentSocketClientBuilder;
import io.agentsocket.protocol.Expect;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.session.PodLink;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.client.HttpClient;

/**
 * Builds an {@link AgentSocketTester}. Each setter checks its argument. Not thread-safe.
 */
public final class AgentSocketTesterBuilder {

	private static final Duration TIMEOUT = Duration.ofSeconds(10);

	private final @Nullable AgentSocketServer server;

	private final @Nullable Supplier<List<URI>> uris;

	/** The tester whose pods the new one uses, and with which it is closed. */
	final @Nullable AgentSocketTester parent;

	private @Nullable Function<String, PodLink> podLinks;

	private @Nullable Principal principal;

	private Duration timeout = TIMEOUT;

	private UnaryOperator<HttpClient> httpClient = UnaryOperator.identity();

	private Consumer<AgentSocketClientBuilder> client = (builder) -> {
	};

	AgentSocketTesterBuilder(@Nullable AgentSocketServer server, @Nullable Supplier<List<URI>> uris) {
		this.server = server;
		this.uris = uris;
		this.parent = null;
	}

	/** A builder of a tester like another one, for another agent. */
	AgentSocketTesterBuilder(AgentSocketTesterBuilder original, @Nullable AgentSocketTester parent) {
		this.server = original.server;
		this.uris = original.uris;
		this.parent = parent;
		this.podLinks = original.podLinks;
		this.principal = original.principal;
		this.timeout = original.timeout;
		this.httpClient = original.httpClient;
		this.client = original.client;
	}

	/**
	 * Set the principal of the agent; by default the user of the test's thread, where
	 * Spring Security knows one, as with {@code @WithMockUser}. Only in memory: over a
	 * real socket the server finds out.
	 * @param principal the principal, such as an {@code Authentication}
	 * @return this
	 */
	public AgentSocketTesterBuilder principal(Principal principal) {
		this.principal = Expect.present("principal", principal);
		return this;
	}

	/**
	 * Set the principal of the agent, as a name without any rights.
	 * @param name name of the principal
	 * @return this
	 */
	public AgentSocketTesterBuilder principal(String name) {
		return principal(new TestPrincipals.Named(Expect.present("name", name)));
	}

	/**
	 * Set how long each expectation waits; 10 seconds by default. A connection may take
	 * 10 seconds at least.
	 * @param timeout the time, longer than 0
	 * @return this
	 */
	public AgentSocketTesterBuilder timeout(Duration timeout) {
		this.timeout = Expect.positive("timeout", timeout);
		return this;
	}

	/**
	 * Authenticate with a bearer token, over a real socket.
	 * @param token the token
	 * @return this
	 */
	public AgentSocketTesterBuilder bearerToken(String token) {
		Expect.present("token", token);
		return client((builder) -> builder.bearerToken(token));
	}

	/**
	 * Authenticate with a token in HELLO, as browsers do, also in memory: with what
	 * authenticates such tokens in the application, such as its decoder of JWTs.
	 * @param token the token, or a ticket
	 * @return this
	 */
	public AgentSocketTesterBuilder helloToken(String token) {
		Expect.present("token", token);
		return client((builder) -> builder.bearerToken(token).tokenInHello());
	}

	/**
	 * Add a header to the upgrade request.
	 * @param name its name
	 * @param value its value
	 * @return this
	 */
	public AgentSocketTesterBuilder header(String name, String value) {
		Expect.present("name", name);
		Expect.present("value", value);
		return client((builder) -> builder.headers((headers) -> headers.set(name, value)));
	}

	/**
	 * Change the client that the tester stands on, for example its codec or its limits.
	 * @param change changes the builder, after the changes that were added before
	 * @return this
	 */
	public AgentSocketTesterBuilder client(Consumer<AgentSocketClientBuilder> change) {
		this.client = this.client.andThen(Expect.present("change", change));
		return this;
	}

	/**
	 * Change the HTTP client of Reactor Netty, for example its TLS settings; over a real
	 * socket.
	 * @param change gives the changed client
	 * @return this
	 */
	public AgentSocketTesterBuilder httpClient(UnaryOperator<HttpClient> change) {
		this.httpClient = Expect.present("change", change);
		return this;
	}

	/**
	 * Set how another pod is linked with that of the server, which an agent in memory can
	 * be moved to. The two share the server's store, which has to allow it.
	 * @param podLinks gives the link of a pod by its name
	 * @return this
	 */
	@Internal
	public AgentSocketTesterBuilder podLinks(Function<String, PodLink> podLinks) {
		this.podLinks = Expect.present("podLinks", podLinks);
		return this;
	}

	/**
	 * Build the tester. Does not connect yet.
	 * @return the tester
	 */
	public AgentSocketTester build() {
		return new AgentSocketTester(new AgentSocketTesterBuilder(this, this.parent));
	}

	Pods pods() {
		if (this.uris != null) {
			return new SocketPods(this.uris, this.server);
		}
		return new MemoryPods(Expect.present("server", this.server), this.podLinks);
	}

	Duration timeout() {
		return this.timeout;
	}

	TestedConnection connection(Pods pods) {
		Principal who = (this.principal == null && this.uris == null) ? TestPrincipals.ofThread() : this.principal;
		// A test that expects nothing for a short time needs a connection all the same.
		Duration patience = (this.timeout.compareTo(TIMEOUT) > 0) ? this.timeout : TIMEOUT;
		return new TestedConnection(pods.link(who, this.httpClient), patience, this.client);
	}

}
