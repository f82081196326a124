package io.agentsocket.servlet;

import java.io.IOException;
import java.security.Principal;
import java.util.List;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.protocol.Limits;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.UpgradePolicy;
import io.agentsocket.server.UpgradePolicy.Verdict;
import io.agentsocket.server.UpgradeRequest;
import io.agentsocket.transport.WebSocketKeys;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

import org.springframework.http.HttpHeaders;

/**
 * The upgrade in a servlet application: refuses what cannot become a connection with an
 * HTTP status, and takes the bytes of the connection over for the rest. Implements
 * section 3 of {@code docs/protocol.md}. Thread-safe.
 */
@SuppressWarnings("serial")
public final class AgentSocketServlet extends HttpServlet {

	private static final Log logger = PrintableLog.of(AgentSocketServlet.class);

	private final transient AgentSocketServer server;

	private final transient UpgradePolicy policy;

	private final transient UpgradeContext context;

	private final int maxMessage;

	/**
	 * Create a servlet.
	 * @param server serves the sockets
	 * @param policy decides about upgrades
	 * @param context gives the Reactor context of a connection
	 */
	public AgentSocketServlet(AgentSocketServer server, UpgradePolicy policy, UpgradeContext context) {
		this.server = server;
		this.policy = policy;
		this.context = context;
		Limits limits = server.settings().limits();
		// Somewhat more, so that who sends too much sees the protocol's own close code.
		this.maxMessage = (int) Math.min(Integer.MAX_VALUE, (long) limits.message() + limits.frame());
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException {
		ServletAttempt attempt;
		try {
			attempt = ServletAttempt.of(request);
		}
		catch (IllegalStateException | IllegalArgumentException ex) {
			logger.debug("Refused an upgrade whose address is none", ex);
			response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
			return;
		}
		Verdict verdict = this.policy.check(attempt);
		String subProtocol = verdict.subProtocol();
		if (subProtocol == null) {
			verdict.headers().forEach((name, values) -> values.forEach((value) -> response.addHeader(name, value)));
			response.setStatus(verdict.status().value());
			return;
		}
		Container container = Container.of(getServletContext());
		if (container == null) {
			response.setStatus(HttpServletResponse.SC_NOT_IMPLEMENTED);
			return;
		}
		upgrade(container, attempt, subProtocol, response);
	}

	private void upgrade(Container container, ServletAttempt attempt, String subProtocol, HttpServletResponse response)
			throws ServletException, IOException {
		HttpServletRequest request = attempt.request();
		UpgradeRequest upgrade = new UpgradeRequest(attempt.uri(), copy(attempt.headers()), attempt.remoteAddress(),
				principal(request.getUserPrincipal()));
		ContextView invocations = this.context.of(request);
		container.upgrade(request, (channel) -> open(channel, subProtocol, upgrade, invocations));
		response.setStatus(HttpServletResponse.SC_SWITCHING_PROTOCOLS);
		response.setHeader(HttpHeaders.UPGRADE, "websocket");
		response.setHeader(HttpHeaders.CONNECTION, "Upgrade");
		response.setHeader("Sec-WebSocket-Accept",
				WebSocketKeys.accept(String.valueOf(attempt.headers().getFirst("Sec-WebSocket-Key"))));
		response.setHeader(UpgradePolicy.PROTOCOL_HEADER, subProtocol);
	}

	private Opened open(ByteChannel channel, String subProtocol, UpgradeRequest upgrade, ContextView invocations) {
		ContainerSocket socket = new ContainerSocket(channel, this.maxMessage);
		return new Opened(socket, this.server.serve(() -> socket, subProtocol, upgrade)
			.contextWrite((context) -> context.putAll(invocations)));
	}

	/** The request is used again for others. */
	private static HttpHeaders copy(HttpHeaders headers) {
		HttpHeaders copy = new HttpHeaders();
		headers.forEach((name, values) -> copy.put(name, List.copyOf(values)));
		return HttpHeaders.readOnlyHttpHeaders(copy);
	}

	private static Mono<Principal> principal(@Nullable Principal principal) {
		return Mono.justOrEmpty(principal);
	}

}
