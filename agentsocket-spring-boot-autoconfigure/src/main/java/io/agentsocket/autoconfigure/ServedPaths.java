package io.agentsocket.autoconfigure;

import io.agentsocket.annotation.Internal;

import org.springframework.boot.web.context.reactive.ReactiveWebApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.util.StringUtils;

/**
 * Paths as callers write them, for people.
 */
@Internal
public final class ServedPaths {

	private ServedPaths() {
	}

	/**
	 * Put in front of a path what the application has in front of all its paths: the base
	 * path of WebFlux or the context path of servlets.
	 * @param context the context of the application
	 * @param path path of an endpoint
	 * @return the path of its URL
	 */
	public static String of(ApplicationContext context, String path) {
		boolean reactive = context instanceof ReactiveWebApplicationContext;
		String property = reactive ? "spring.webflux.base-path" : "server.servlet.context-path";
		String base = context.getEnvironment().getProperty(property, "").trim();
		String before = StringUtils.trimTrailingCharacter(base, '/');
		return (before.isEmpty() || before.startsWith("/")) ? before + path : "/" + before + path;
	}

}
