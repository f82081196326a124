package io.agentsocket.webflux;

import java.util.Collection;

import reactor.netty.http.server.HttpServerRequest;

import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.util.ClassUtils;

/**
 * Reaches the request of the server library behind Spring's. The WebSocket layer of
 * Reactor Netty looks for the sub-protocol in the first header field only, whatever
 * Spring's request says.
 */
public final class NativeRequests {

	private static final boolean REACTOR_NETTY = ClassUtils.isPresent("reactor.netty.http.server.HttpServerRequest",
			NativeRequests.class.getClassLoader());

	private NativeRequests() {
	}

	/**
	 * Replace all fields of a header; nothing happens on other servers.
	 * @param request the request
	 * @param name name of the header
	 * @param value its only value
	 */
	public static void setHeader(ServerHttpRequest request, String name, String value) {
		if (REACTOR_NETTY) {
			ReactorNetty.setHeader(request, name, value);
		}
	}

	/**
	 * Whether a request has one of some headers, also when a filter has taken it away.
	 * @param request the request
	 * @param names names of the headers
	 * @return {@code true} if there is one
	 */
	public static boolean hasHeader(ServerHttpRequest request, Collection<String> names) {
		return names.stream()
			.anyMatch((name) -> request.getHeaders().containsHeader(name)
					|| (REACTOR_NETTY && ReactorNetty.hasHeader(request, name)));
	}

	private static final class ReactorNetty {

		private ReactorNetty() {
		}

		static boolean hasHeader(ServerHttpRequest request, String name) {
			Object present = ServerHttpRequestDecorator.getNativeRequest(request);
			return present instanceof HttpServerRequest original && original.requestHeaders().contains(name);
		}

		static void setHeader(ServerHttpRequest request, String name, String value) {
			Object present = ServerHttpRequestDecorator.getNativeRequest(request);
			if (present instanceof HttpServerRequest original) {
				original.requestHeaders().set(name, value);
			}
		}

	}

}
