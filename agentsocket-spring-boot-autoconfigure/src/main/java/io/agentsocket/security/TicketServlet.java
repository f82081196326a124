package io.agentsocket.security;

import java.io.IOException;

import io.agentsocket.annotation.Internal;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.session.Identities;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.commons.logging.Log;
import reactor.core.publisher.Mono;

/**
 * Gives tickets in a servlet application. Thread-safe.
 */
@Internal
@SuppressWarnings("serial")
public final class TicketServlet extends HttpServlet {

	private static final Log logger = PrintableLog.of(TicketServlet.class);

	private final transient TicketDesk desk;

	/**
	 * Create a servlet.
	 * @param tickets issues them
	 * @param identities knows anonymous principals
	 */
	public TicketServlet(Tickets tickets, Identities identities) {
		this.desk = new TicketDesk(tickets, identities);
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response) {
		AsyncContext later = request.startAsync();
		this.desk.answer(request.getMethod(), Mono.justOrEmpty(request.getUserPrincipal()))
			.doFinally((signal) -> later.complete())
			.subscribe((answer) -> write(answer, response));
	}

	private static void write(TicketDesk.Answer answer, HttpServletResponse response) {
		response.setStatus(answer.status().value());
		answer.headers().forEach((name, values) -> values.forEach((value) -> response.setHeader(name, value)));
		try {
			response.getOutputStream().write(answer.body());
		}
		catch (IOException ex) {
			logger.debug("Nobody takes the ticket", ex);
		}
	}

}
