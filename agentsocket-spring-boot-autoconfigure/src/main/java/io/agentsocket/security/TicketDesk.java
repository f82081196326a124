package io.agentsocket.security;

import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.util.Set;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.log.SeldomWarning;
import io.agentsocket.session.Identities;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;

import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.core.Authentication;

/**
 * Gives a ticket to each caller that the application's filter chain has authenticated:
 * {@code POST} answers {@code {"ticket": "...", "expiresIn": seconds}}. Thread-safe.
 */
final class TicketDesk {

	private static final Log logger = PrintableLog.of(TicketDesk.class);

	private static final SeldomWarning FAILED = new SeldomWarning(logger);

	private static final byte[] NOTHING = {};

	private final Tickets tickets;

	private final Identities identities;

	TicketDesk(Tickets tickets, Identities identities) {
		this.tickets = tickets;
		this.identities = identities;
	}

	/**
	 * Answer a request.
	 * @param method its method
	 * @param principal its principal, empty when there is none
	 * @return the answer, never empty and never an error
	 */
	Mono<Answer> answer(String method, Mono<Principal> principal) {
		HttpHeaders headers = new HttpHeaders();
		if (!method.equals(HttpMethod.POST.name())) {
			headers.setAllow(Set.of(HttpMethod.POST));
			return Mono.just(new Answer(HttpStatus.METHOD_NOT_ALLOWED, headers, NOTHING));
		}
		return principal.filter((present) -> !this.identities.isAnonymous(present))
			.ofType(Authentication.class)
			.flatMap((authentication) -> this.tickets.issue(authentication)
				.map(this::issued)
				.switchIfEmpty(Mono.fromSupplier(this::tooMany)))
			.switchIfEmpty(Mono.fromSupplier(() -> new Answer(HttpStatus.UNAUTHORIZED, headers, NOTHING)))
			.onErrorResume((error) -> {
				FAILED.warn("A ticket cannot be issued", error);
				return Mono.just(new Answer(HttpStatus.SERVICE_UNAVAILABLE, headers, NOTHING));
			});
	}

	private Answer issued(String ticket) {
		HttpHeaders headers = new HttpHeaders();
		headers.setContentType(MediaType.APPLICATION_JSON);
		headers.setCacheControl(CacheControl.noStore());
		String body = "{\"ticket\":\"" + ticket + "\",\"expiresIn\":" + this.tickets.ttl().toSeconds() + "}";
		return new Answer(HttpStatus.OK, headers, body.getBytes(StandardCharsets.US_ASCII));
	}

	private Answer tooMany() {
		HttpHeaders headers = new HttpHeaders();
		headers.set(HttpHeaders.RETRY_AFTER, String.valueOf(this.tickets.ttl().toSeconds()));
		return new Answer(HttpStatus.TOO_MANY_REQUESTS, headers, NOTHING);
	}

	/**
	 * The answer to a request.
	 *
	 * @param status its status
	 * @param headers its headers
	 * @param body its body, not to be changed
	 */
	record Answer(HttpStatus status, HttpHeaders headers, byte[] body) {
	}

}
