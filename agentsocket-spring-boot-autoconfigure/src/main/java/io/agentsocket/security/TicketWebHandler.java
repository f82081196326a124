package io.agentsocket.security;

import io.agentsocket.annotation.Internal;
import io.agentsocket.session.Identities;
import reactor.core.publisher.Mono;

import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;

/**
 * Gives tickets in a WebFlux application. Thread-safe.
 */
@Internal
public final class TicketWebHandler implements WebHandler {

	private final TicketDesk desk;

	/**
	 * Create a handler.
	 * @param tickets issues them
	 * @param identities knows anonymous principals
	 */
	public TicketWebHandler(Tickets tickets, Identities identities) {
		this.desk = new TicketDesk(tickets, identities);
	}

	@Override
	public Mono<Void> handle(ServerWebExchange exchange) {
		return this.desk.answer(exchange.getRequest().getMethod().name(), exchange.getPrincipal())
			.flatMap((answer) -> write(answer, exchange.getResponse()));
	}

	private static Mono<Void> write(TicketDesk.Answer answer, ServerHttpResponse response) {
		response.setStatusCode(answer.status());
		response.getHeaders().putAll(answer.headers());
		return (answer.body().length == 0) ? response.setComplete()
				: response.writeWith(Mono.fromSupplier(() -> response.bufferFactory().wrap(answer.body())));
	}

}
