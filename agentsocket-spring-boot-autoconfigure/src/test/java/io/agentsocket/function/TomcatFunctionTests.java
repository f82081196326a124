package io.agentsocket.function;

import java.net.URI;
import java.nio.file.Path;

import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.http.server.reactive.ServletHttpHandlerAdapter;

/**
 * Functions in a servlet container.
 */
class TomcatFunctionTests extends FunctionContract {

	@TempDir
	Path directory;

	private final Tomcat tomcat = new Tomcat();

	@Override
	URI serve(FunctionEndpoint endpoint) throws Exception {
		this.tomcat.setBaseDir(this.directory.toString());
		this.tomcat.setHostname("127.0.0.1");
		this.tomcat.setPort(0);
		this.tomcat.getConnector().setProperty("address", "127.0.0.1");
		Context context = this.tomcat.addContext("", this.directory.toString());
		Tomcat.addServlet(context, "function", new ServletHttpHandlerAdapter(new FunctionHttpHandler(endpoint)))
			.setAsyncSupported(true);
		context.addServletMappingDecoded("/function/*", "function");
		this.tomcat.start();
		return URI.create("http://127.0.0.1:" + this.tomcat.getConnector().getLocalPort() + "/function");
	}

	@Override
	void stop() throws Exception {
		this.tomcat.stop();
		this.tomcat.destroy();
	}

}
