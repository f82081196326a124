package io.agentsocket.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Principal;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentsocket.Await;
import io.agentsocket.servlet.AgentSocketServlet;
import io.agentsocket.servlet.UpgradeContext;
import io.agentsocket.webflux.AgentSocketWebHandler;
import io.agentsocket.webflux.ReactorNettyUpgradeStrategy;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.util.modeler.Registry;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.util.FileSystemUtils;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;

/**
 * A web server on a port of its own on loopback. The system property {@value #PROPERTY}
 * says which one tests run on; Netty by default.
 */
public enum TestWeb {

	/** WebFlux on Reactor Netty. */
	NETTY,

	/** A servlet on Tomcat. */
	TOMCAT,

	/** A servlet on Jetty. */
	JETTY;

	/** The system property with a name of this. */
	public static final String PROPERTY = "agentsocket.test.web";

	private static final List<String> ORIGINS = List.of("http://allowed.example");

	/** The one that this run of the tests is about. */
	public static TestWeb present() {
		return valueOf(System.getProperty(PROPERTY, NETTY.name()).toUpperCase(Locale.ROOT));
	}

	/** Start it for an endpoint that has every path. */
	Running start(AgentSocketServer server, UnaryOperator<HttpServer> tcp) {
		return start(() -> handler(server), () -> servlet(server), tcp);
	}

	/**
	 * Start it for whatever has every path.
	 * @param handler makes it for WebFlux
	 * @param servlet makes it for servlet containers
	 * @param tcp changes the server of WebFlux
	 * @return a web server that runs
	 */
	public Running start(Supplier<WebHandler> handler, Supplier<HttpServlet> servlet, UnaryOperator<HttpServer> tcp) {
		try {
			return switch (this) {
				case NETTY -> netty(handler.get(), tcp);
				case TOMCAT -> tomcat(servlet.get());
				case JETTY -> jetty(servlet.get());
			};
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static WebHandler handler(AgentSocketServer server) {
		HandshakeWebSocketService upgrades = new HandshakeWebSocketService(
				new ReactorNettyUpgradeStrategy(server.settings().limits().message()));
		return new AgentSocketWebHandler(server, upgrades, ORIGINS, List.of());
	}

	private static Running netty(WebHandler served, UnaryOperator<HttpServer> tcp) {
		HttpHandler handler = WebHttpHandlerBuilder.webHandler(served).filter(TestWeb::identify).build();
		DisposableServer http = tcp.apply(HttpServer.create())
			.host("127.0.0.1")
			.port(0)
			.handle(new ReactorHttpHandlerAdapter(handler))
			.bindNow(Await.LONG);
		return new Running(http.port(), () -> http.disposeNow(Await.LONG));
	}

	/** Everybody is who they say they are. */
	private static Mono<Void> identify(ServerWebExchange exchange, WebFilterChain chain) {
		String name = exchange.getRequest().getHeaders().getFirst(TestServer.PRINCIPAL);
		return chain.filter((name != null) ? exchange.mutate().principal(Mono.just(() -> name)).build() : exchange);
	}

	private static AgentSocketServlet servlet(AgentSocketServer server) {
		return new AgentSocketServlet(server, new UpgradePolicy(server, ORIGINS, List.of(), List.of()),
				UpgradeContext.NONE);
	}

	private static Running tomcat(HttpServlet servlet) throws IOException, LifecycleException {
		// As Spring Boot does: containers that start at once would take each other's
		// names.
		Registry.disableRegistry();
		Path folder = Files.createTempDirectory("tomcat");
		Tomcat tomcat = new Tomcat();
		tomcat.setBaseDir(folder.toString());
		tomcat.setSilent(true);
		Connector connector = new Connector();
		connector.setPort(0);
		connector.setProperty("address", "127.0.0.1");
		tomcat.setConnector(connector);
		Context context = tomcat.addContext("", null);
		context.setParentClassLoader(TestWeb.class.getClassLoader());
		Tomcat.addServlet(context, "agents", servlet).setAsyncSupported(true);
		context.addServletMappingDecoded("/*", "agents");
		FilterDef filter = new FilterDef();
		filter.setFilterName("identify");
		filter.setFilter(new Identify());
		filter.setAsyncSupported("true");
		context.addFilterDef(filter);
		FilterMap map = new FilterMap();
		map.setFilterName("identify");
		map.addURLPattern("/*");
		context.addFilterMap(map);
		tomcat.start();
		return new Running(connector.getLocalPort(), () -> {
			tomcat.stop();
			tomcat.destroy();
			FileSystemUtils.deleteRecursively(folder);
		});
	}

	private static Running jetty(HttpServlet servlet) throws Exception {
		Server jetty = new Server();
		ServerConnector connector = new ServerConnector(jetty);
		connector.setHost("127.0.0.1");
		jetty.addConnector(connector);
		ServletContextHandler context = new ServletContextHandler();
		context.setContextPath("/");
		ServletHolder holder = new ServletHolder(servlet);
		holder.setAsyncSupported(true);
		context.addServlet(holder, "/*");
		FilterHolder identify = new FilterHolder(new Identify());
		identify.setAsyncSupported(true);
		context.addFilter(identify, "/*", null);
		jetty.setHandler(context);
		jetty.setStopTimeout(0);
		jetty.start();
		return new Running(connector.getLocalPort(), jetty::stop);
	}

	/**
	 * A web server that runs.
	 *
	 * @param port its port
	 * @param stop stops it
	 */
	public record Running(int port, Stop stop) {
	}

	/** Stops a web server. */
	public interface Stop {

		/** Stop it. */
		void run() throws Exception;

	}

	/** Everybody is who they say they are. */
	private static final class Identify implements Filter {

		@Override
		public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
				throws IOException, ServletException {
			String name = ((HttpServletRequest) request).getHeader(TestServer.PRINCIPAL);
			chain.doFilter(new HttpServletRequestWrapper((HttpServletRequest) request) {

				@Override
				public @Nullable Principal getUserPrincipal() {
					return (name != null) ? () -> name : null;
				}

			}, response);
		}

	}

}
