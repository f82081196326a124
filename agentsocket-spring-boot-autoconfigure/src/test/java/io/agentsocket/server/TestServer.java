package io.agentsocket.server;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServer;

/**
 * A server on a port of its own on loopback, without an application context.
 */
public final class TestServer implements AutoCloseable {

	/** Header with the name of a client's principal. */
	public static final String PRINCIPAL = "X-Principal";

	private final ActionCatalog catalog = new ActionCatalog();

	private final AgentSocketServer server;

	private final TestWeb.Running web;

	public TestServer(ServerSettings settings, @Nullable HelloAuthenticator authenticator, Action... actions) {
		this(settings, (builder) -> builder.authenticator(authenticator), actions);
	}

	public TestServer(ServerSettings settings, Consumer<AgentSocketServerBuilder> more, Action... actions) {
		this(TestWeb.present(), settings, more, (http) -> http, actions);
	}

	/** A server whose TCP connections are special: on Netty only. */
	public TestServer(ServerSettings settings, Consumer<AgentSocketServerBuilder> more, UnaryOperator<HttpServer> tcp,
			Action... actions) {
		this(TestWeb.NETTY, settings, more, tcp, actions);
	}

	/** A server on a certain web server. */
	public TestServer(TestWeb web, ServerSettings settings, Consumer<AgentSocketServerBuilder> more,
			Action... actions) {
		this(web, settings, more, (http) -> http, actions);
	}

	private TestServer(TestWeb web, ServerSettings settings, Consumer<AgentSocketServerBuilder> more,
			UnaryOperator<HttpServer> tcp, Action... actions) {
		this.catalog.addAll(List.of(actions));
		AgentSocketServerBuilder builder = AgentSocketServer.builder(this.catalog)
			.settings(patient(settings))
			.software("test", "1");
		more.accept(builder);
		this.server = builder.build();
		this.web = web.start(this.server, tcp);
	}

	/**
	 * A close code gets lost when the machine stops for the default time right before it
	 * is sent: a server whose peers do not answer a close sets a time for that.
	 */
	private static ServerSettings patient(ServerSettings settings) {
		return settings.closeTimeout().equals(ServerSettings.DEFAULTS.closeTimeout())
				? settings.mutate().closeTimeout(Await.LONG).build() : settings;
	}

	public static TestServer with(Action... actions) {
		// A slow machine is no reason to fail.
		return new TestServer(ServerSettings.builder().helloTimeout(Await.LONG).unconfirmedTimeout(Await.LONG).build(),
				(builder) -> {
				}, actions);
	}

	public ActionCatalog catalog() {
		return this.catalog;
	}

	public AgentSocketServer server() {
		return this.server;
	}

	public int port() {
		return this.web.port();
	}

	public String uri() {
		return "ws://127.0.0.1:" + port() + "/agentsocket";
	}

	@Override
	public void close() {
		try {
			this.web.stop().run();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
		this.server.close();
	}

}
