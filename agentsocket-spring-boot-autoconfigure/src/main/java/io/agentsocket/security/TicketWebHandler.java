package io.agentsocket.security;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Set;

import io.agentsocket.annotation.Internal;
import io.agentsocket.session.Identities;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import reactor.core.publisher.Mono;

import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.security.core.Authentication;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;

/**
 * Gives a ticket to whoever the application's filter chain has authenticated:
 * {@code POST} answers {@code {"ticket": "...", "expiresIn": seconds}}. Thread-safe.
 */
@Internal
public final class TicketWebHandler implements WebHandler {

	private static final Log logger = LogFactory.getLog(TicketWebHandler.class);

	private final Tickets tickets;

	private final Identities identities;

	/**
	 * Create a handler.
	 * @param tickets issues them
	 * @param identities tells who is anonymous
	 */
	public TicketWebHandler(Tickets tickets, Identities identities) {
		this.tickets = tickets;
		this.identities = identities;
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		ServerHttpResponse response = exchange.getResponse();
		if (exchange.getRequest().getMethod() != HttpMethod.POST) {
			response.getHeaders().setAllow(Set.of(HttpMethod.POST));
			return refuse(response, HttpStatus.METHOD_NOT_ALLOWED);
		}
		return exchange.<Principal>getPrincipal()
			.filter((principal) -> !this.identities.isAnonymous(principal))
			.ofType(Authentication.class)
			.flatMap((authentication) -> this.tickets.issue(authentication)
				.map((ticket) -> "{\"ticket\":\"" + ticket + "\",\"expiresIn\":" + this.tickets.ttl().toSeconds() + "}")
				.flatMap((body) -> answer(response, body).thenReturn(true))
				.switchIfEmpty(Mono.defer(() -> tooMany(response))))
			.switchIfEmpty(Mono.defer(() -> refuse(response, HttpStatus.UNAUTHORIZED).thenReturn(true)))
			.onErrorResume((error) -> {
				logger.warn("A ticket cannot be issued: " + error);
				return refuse(response, HttpStatus.SERVICE_UNAVAILABLE).thenReturn(true);
			})
			.then();
	}

	private static Mono<Void> answer(ServerHttpResponse response, String body) {
		response.setStatusCode(HttpStatus.OK);
		response.getHeaders().setContentType(MediaType.APPLICATION_JSON);
		response.getHeaders().setCacheControl(CacheControl.noStore());
		return response.writeWith(
				Mono.fromSupplier(() -> response.bufferFactory().wrap(body.getBytes(StandardCharsets.US_ASCII))));
	}

	private Mono<Boolean> tooMany(ServerHttpResponse response) {
		response.getHeaders().set(HttpHeaders.RETRY_AFTER, String.valueOf(this.tickets.ttl().toSeconds()));
		return refuse(response, HttpStatus.TOO_MANY_REQUESTS).thenReturn(true);
	}

	private static Mono<Void> refuse(ServerHttpResponse response, HttpStatus status) {
		if (response.isCommitted()) {
			return Mono.empty();
		}
		response.setStatusCode(status);
		return response.setComplete();
	}

}
