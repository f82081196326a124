package com.example.benchmark.agentsocket;

import java.util.List;

import com.example.benchmark.Connection;
import com.example.benchmark.Contestant;
import com.example.benchmark.Server;
import com.example.benchmark.TomcatServer;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.protocol.Limits;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.ServerBounds;
import io.agentsocket.server.UpgradePolicy;
import io.agentsocket.servlet.AgentSocketServlet;
import io.agentsocket.servlet.UpgradeContext;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.ServerConnector;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * Agent Socket in a servlet container. The container is set up by hand, since Spring Boot
 * would take it for the other contestants as well; the beans are those of an application.
 *
 * @param tomcat whether it is Tomcat, or Jetty
 */
public record ServletContestant(boolean tomcat) implements Contestant {

	@Override
	public Server serve() {
		AgentSocketServer server = server(false);
		AgentSocketServlet servlet = new AgentSocketServlet(server,
				new UpgradePolicy(server, List.of(), List.of(), List.of()), UpgradeContext.NONE);
		try {
			return this.tomcat ? TomcatServer.start("/agentsocket", servlet) : jetty(servlet);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The engine with the beans of the application, without a web server.
	 * @param direct whether the tool is declared to be quick enough for the event loop
	 * @return the server
	 */
	static AgentSocketServer server(boolean direct) {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(AgentSocketApplication.class)
			.web(WebApplicationType.NONE)
			.run("--agentsocket.enabled=true", "--benchmark.direct=" + direct, "--agentsocket.session.store=memory");
		return AgentSocketServer.builder(context.getBean(ActionCatalog.class))
			.settings((settings) -> settings.limits(limits())
				.bounds(ServerBounds.builder().maxSessionsPerAddress(AgentSocketContestant.SESSIONS).build()))
			.build();
	}

	private static Server jetty(AgentSocketServlet servlet) throws Exception {
		org.eclipse.jetty.server.Server jetty = new org.eclipse.jetty.server.Server();
		ServerConnector connector = new ServerConnector(jetty);
		jetty.addConnector(connector);
		ServletContextHandler context = new ServletContextHandler();
		context.addServlet(new ServletHolder(servlet), "/agentsocket");
		jetty.setHandler(context);
		jetty.start();
		return new Running(connector.getLocalPort(), jetty::stop);
	}

	/** The defaults, but for what the other contestants of Agent Socket have, too. */
	private static Limits limits() {
		Limits limits = Limits.SERVER;
		return new Limits(limits.message(), limits.frame(), limits.item(), AgentSocketContestant.ASSEMBLY,
				limits.streams(), limits.items(), limits.window(), limits.aliases(), limits.name(), limits.metadata(),
				limits.depth());
	}

	@Override
	public boolean texts() {
		return true;
	}

	@Override
	public Connection connect(int port) {
		return AgentSocketContestant.inMemory("cbor", false).connect(port);
	}

	private record Running(int port, Stop stop) implements Server {

		@Override
		public void close() {
			try {
				this.stop.run();
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	private interface Stop {

		void run() throws Exception;

	}

}
