package io.agentsocket.servlet;

import java.io.IOException;
import java.util.function.Function;

import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * A servlet container that hands over the bytes of a connection, and can be asked to read
 * no further.
 */
public enum Container {

	/** Apache Tomcat, also embedded. */
	TOMCAT("Apache Tomcat", "org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler") {

		@Override
		void upgrade(HttpServletRequest request, Function<ByteChannel, Opened> opened)
				throws IOException, ServletException {
			request.upgrade(TomcatConnection.class).begin(opened);
		}

	},

	/** Eclipse Jetty, also embedded. */
	JETTY("jetty/", "org.eclipse.jetty.ee11.servlet.ServletContextRequest") {

		@Override
		void upgrade(HttpServletRequest request, Function<ByteChannel, Opened> opened) throws ServletException {
			JettyConnection.upgrade(request, opened);
		}

	};

	private final String serverInfo;

	private final String type;

	Container(String serverInfo, String type) {
		this.serverInfo = serverInfo;
		this.type = type;
	}

	/**
	 * The container of a servlet context.
	 * @param context the context
	 * @return the container, or {@code null} when it is none of these
	 */
	public static @Nullable Container of(ServletContext context) {
		String info = String.valueOf(context.getServerInfo());
		for (Container container : values()) {
			if (info.startsWith(container.serverInfo)
					&& ClassUtils.isPresent(container.type, Container.class.getClassLoader())) {
				return container;
			}
		}
		return null;
	}

	/** Take the connection of a request over, once the response has left. */
	abstract void upgrade(HttpServletRequest request, Function<ByteChannel, Opened> opened)
			throws IOException, ServletException;

}
