package io.agentsocket.function;

import java.net.InetSocketAddress;
import java.net.URI;

import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;

import org.springframework.http.server.reactive.ServletHttpHandlerAdapter;

/**
 * Functions in Jetty.
 */
class JettyFunctionTests extends FunctionContract {

	private final Server jetty = new Server(new InetSocketAddress("127.0.0.1", 0));

	@Override
	URI serve(FunctionEndpoint endpoint) throws Exception {
		ServletContextHandler context = new ServletContextHandler("/");
		ServletHolder holder = new ServletHolder(new ServletHttpHandlerAdapter(new FunctionHttpHandler(endpoint)));
		holder.setAsyncSupported(true);
		context.addServlet(holder, "/function/*");
		this.jetty.setHandler(context);
		this.jetty.start();
		return URI.create("http://127.0.0.1:" + this.jetty.getURI().getPort() + "/function");
	}

	@Override
	void stop() throws Exception {
		this.jetty.stop();
	}

}
