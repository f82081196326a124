package io.agentsocket.servlet;

import java.io.IOException;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.mcp.McpAnswer;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.mcp.McpRequest;
import io.agentsocket.protocol.Bytes;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.commons.logging.Log;

/**
 * The MCP endpoint in a servlet application. Thread-safe.
 */
@SuppressWarnings("serial")
public final class McpServlet extends HttpServlet {

	private static final Log logger = PrintableLog.of(McpServlet.class);

	private final transient McpEndpoint endpoint;

	private final transient UpgradeContext context;

	/**
	 * Create a servlet.
	 * @param endpoint answers the requests
	 * @param context gives the Reactor context of a call
	 */
	public McpServlet(McpEndpoint endpoint, UpgradeContext context) {
		this.endpoint = endpoint;
		this.context = context;
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
		ServletAttempt head;
		try {
			head = ServletAttempt.of(request);
		}
		catch (IllegalStateException | IllegalArgumentException ex) {
			logger.debug("Refused a request whose address is none", ex);
			response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
			return;
		}
		McpAnswer refusal = this.endpoint.refusal(head);
		if (refusal != null) {
			AnswerWriter.writeNow(response, refusal);
			return;
		}
		byte[] body = request.getInputStream().readNBytes(this.endpoint.maxRequest() + 1);
		if (body.length > this.endpoint.maxRequest()) {
			AnswerWriter.writeNow(response, this.endpoint.tooLarge());
			return;
		}
		McpRequest call = new McpRequest(head, Bytes.of(body), request.getUserPrincipal(), this.context.of(request));
		new AnswerWriter(request, response).write(this.endpoint.answer(call));
	}

}
