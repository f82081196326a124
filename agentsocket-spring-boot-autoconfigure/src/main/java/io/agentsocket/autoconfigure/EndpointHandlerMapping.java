package io.agentsocket.autoconfigure;

import java.util.Map;

import io.agentsocket.annotation.Internal;
import reactor.core.publisher.Mono;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.server.ServerWebExchange;

/**
 * Maps paths of endpoints in WebFlux, but not on a management port of its own. The
 * context of that port is below the one of the application, and its dispatcher takes the
 * mappings of contexts above as well: agents would reach the endpoints there without the
 * TLS of the main port. Spring Boot marks that context by its server namespace. Other
 * contexts below keep the mappings, since an application may have its web server in one.
 */
@Internal
public final class EndpointHandlerMapping extends SimpleUrlHandlerMapping {

	private static final String MANAGEMENT = "management";

	/**
	 * Create a mapping.
	 * @param handlers the handlers by their paths
	 * @param order the order among other mappings
	 */
	public EndpointHandlerMapping(Map<String, ?> handlers, int order) {
		super(handlers, order);
	}

	@Override
	public Mono<Object> getHandlerInternal(ServerWebExchange exchange) {
		ApplicationContext context = exchange.getApplicationContext();
		boolean elsewhere = context != null && context != getApplicationContext()
				&& WebServerApplicationContext.hasServerNamespace(context, MANAGEMENT);
		return elsewhere ? Mono.empty() : super.getHandlerInternal(exchange);
	}

}
