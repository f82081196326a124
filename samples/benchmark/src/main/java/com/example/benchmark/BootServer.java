package com.example.benchmark;

import java.util.Arrays;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * A Spring Boot application as a server.
 */
public final class BootServer implements Server {

	private final ConfigurableApplicationContext context;

	private final int port;

	private BootServer(ConfigurableApplicationContext context) {
		this.context = context;
		this.port = context.getEnvironment().getRequiredProperty("local.server.port", int.class);
	}

	/**
	 * Start an application with a web server.
	 * @param application its configuration
	 * @param properties properties in addition to those of application.properties, as
	 * {@code name=value}
	 * @return the server
	 */
	public static Server start(Class<?> application, String... properties) {
		String[] arguments = Arrays.stream(properties).map((property) -> "--" + property).toArray(String[]::new);
		return new BootServer(
				new SpringApplicationBuilder(application).web(WebApplicationType.REACTIVE).run(arguments));
	}

	@Override
	public int port() {
		return this.port;
	}

	@Override
	public void close() {
		this.context.close();
	}

}
