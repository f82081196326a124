package io.agentsocket.server;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.webflux.AgentSocketWebHandler;
import io.agentsocket.webflux.ReactorNettyUpgradeStrategy;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

/**
 * A server on a port of its own on loopback, without an application context.
 */
public final class TestServer implements AutoCloseable {

	/** Header with the name of a client's principal. */
	public static final String PRINCIPAL = "X-Principal";

	private final ActionCatalog catalog = new ActionCatalog();

	private final AgentSocketServer server;

	private final DisposableServer http;

	public TestServer(ServerSettings settings, @Nullable HelloAuthenticator authenticator, Action... actions) {
		this(settings, (builder) -> builder.authenticator(authenticator), actions);
	}

	public TestServer(ServerSettings settings, Consumer<AgentSocketServerBuilder> more, Action... actions) {
		this(settings, more, (http) -> http, actions);
	}

	/** A server whose TCP connections are special. */
	public TestServer(ServerSettings settings, Consumer<AgentSocketServerBuilder> more, UnaryOperator<HttpServer> tcp,
			Action... actions) {
		this.catalog.addAll(List.of(actions));
		AgentSocketServerBuilder builder = AgentSocketServer.builder(this.catalog)
			.settings(settings)
			.software("test", "1");
		more.accept(builder);
		this.server = builder.build();
		int max = settings.limits().message();
		HandshakeWebSocketService upgrades = new HandshakeWebSocketService(new ReactorNettyUpgradeStrategy(max));
		HttpHandler handler = WebHttpHandlerBuilder
			.webHandler(new AgentSocketWebHandler(this.server, upgrades, List.of("http://allowed.example"), List.of()))
			.filter(TestServer::identify)
			.build();
		this.http = tcp.apply(HttpServer.create())
			.host("127.0.0.1")
			.port(0)
			.handle(new ReactorHttpHandlerAdapter(handler))
			.bindNow(Await.LONG);
	}

	/** Everybody is who they say they are. */
	private static Mono<Void> identify(ServerWebExchange exchange, WebFilterChain chain) {
		String name = exchange.getRequest().getHeaders().getFirst(PRINCIPAL);
		return chain.filter((name != null) ? exchange.mutate().principal(Mono.just(() -> name)).build() : exchange);
	}

	public static TestServer with(Action... actions) {
		// A slow machine is no reason to fail.
		return new TestServer(ServerSettings.builder().helloTimeout(Duration.ofSeconds(60)).build(), (builder) -> {
		}, actions);
	}

	public ActionCatalog catalog() {
		return this.catalog;
	}

	public AgentSocketServer server() {
		return this.server;
	}

	public int port() {
		return this.http.port();
	}

	public String uri() {
		return "ws://127.0.0.1:" + port() + "/agentsocket";
	}

	@Override
	public void close() {
		this.http.disposeNow(Await.LONG);
		this.server.close();
	}

}
