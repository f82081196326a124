package com.example.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import jakarta.servlet.Servlet;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/**
 * A servlet in Tomcat, which is set up by hand: Spring Boot would choose it for the other
 * contestants as well. Its settings are its own.
 */
public final class TomcatServer implements Server {

	private final Tomcat tomcat;

	private final int port;

	private TomcatServer(Tomcat tomcat, int port) {
		this.tomcat = tomcat;
		this.port = port;
	}

	/**
	 * Start a container with one servlet.
	 * @param path where the servlet is
	 * @param servlet the servlet
	 * @return the server
	 */
	public static TomcatServer start(String path, Servlet servlet) {
		try {
			Path folder = Files.createTempDirectory("tomcat");
			Tomcat tomcat = new Tomcat();
			tomcat.setBaseDir(folder.toString());
			Connector connector = new Connector();
			connector.setPort(0);
			tomcat.setConnector(connector);
			Context context = tomcat.addContext("", null);
			Wrapper wrapper = Tomcat.addServlet(context, "servlet", servlet);
			wrapper.setAsyncSupported(true);
			context.addServletMappingDecoded(path, "servlet");
			tomcat.start();
			return new TomcatServer(tomcat, connector.getLocalPort());
		}
		catch (IOException | LifecycleException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public int port() {
		return this.port;
	}

	@Override
	public void close() {
		try {
			this.tomcat.stop();
		}
		catch (LifecycleException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
