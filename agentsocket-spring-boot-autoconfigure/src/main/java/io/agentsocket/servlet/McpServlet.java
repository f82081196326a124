package io.agentsocket.servlet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.agentsocket.log.PrintableLog;
import io.agentsocket.mcp.McpAnswer;
import io.agentsocket.mcp.McpEndpoint;
import io.agentsocket.mcp.McpRequest;
import io.agentsocket.mcp.RequestBody;
import io.agentsocket.protocol.Bytes;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;

/**
 * The MCP endpoint in a servlet application. Thread-safe.
 */
@SuppressWarnings("serial")
public final class McpServlet extends HttpServlet {

	private static final Log logger = PrintableLog.of(McpServlet.class);

	/**
	 * Most requests fit into it; it grows with what comes, not with what is announced.
	 */
	private static final int SMALL = 1024;

	/** Whoever is refused has sent its body at once, or waits for nothing. */
	private static final long SKIP_NANOS = TimeUnit.SECONDS.toNanos(5);

	/** Bytes that are read at once. */
	private static final int PIECE = 8192;

	private final transient McpEndpoint endpoint;

	private final transient UpgradeContext context;

	private final transient LongSupplier nanoTime;

	/**
	 * Create a servlet.
	 * @param endpoint answers the requests
	 * @param context gives the Reactor context of a call
	 */
	public McpServlet(McpEndpoint endpoint, UpgradeContext context) {
		this(endpoint, context, System::nanoTime);
	}

	McpServlet(McpEndpoint endpoint, UpgradeContext context, LongSupplier nanoTime) {
		this.endpoint = endpoint;
		this.context = context;
		this.nanoTime = nanoTime;
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
			leave(request, response);
			AnswerWriter.writeNow(response, refusal);
			return;
		}
		ByteArrayOutputStream body = new ByteArrayOutputStream(SMALL);
		McpAnswer unread = read(request.getInputStream(), body);
		if (unread != null) {
			leave(request, response);
			AnswerWriter.writeNow(response, unread);
			return;
		}
		McpRequest call = new McpRequest(head, Bytes.of(body.toByteArray()), request.getUserPrincipal(),
				this.context.of(request));
		new AnswerWriter(request, response).write(this.endpoint.answer(call));
	}

	/** Reads the body; gives the answer to a request whose body is read no further. */
	private @Nullable McpAnswer read(InputStream in, ByteArrayOutputStream body) throws IOException {
		byte[] piece = new byte[PIECE];
		try (RequestBody taken = this.endpoint.body()) {
			for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
				McpAnswer unread = taken.take(read);
				if (unread != null) {
					return unread;
				}
				body.write(piece, 0, read);
			}
		}
		return null;
	}

	/**
	 * Leave a connection on which a body may be left. Containers close it then, and a
	 * client that does not know sends its next request there. As much as one more body is
	 * read, so that the answer is not lost with bytes that nobody took. A slow body is
	 * not waited for: it would have the thread for as long as its client wants.
	 */
	private void leave(HttpServletRequest request, HttpServletResponse response) throws IOException {
		boolean body = request.getContentLengthLong() > 0 || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
		if (!body || !request.getProtocol().startsWith("HTTP/1")) {
			return;
		}
		InputStream in = request.getInputStream();
		byte[] piece = new byte[PIECE];
		int left = this.endpoint.maxRequest();
		int read = 0;
		long begin = this.nanoTime.getAsLong();
		while (left > 0 && read >= 0 && this.nanoTime.getAsLong() - begin < SKIP_NANOS) {
			read = in.read(piece, 0, Math.min(piece.length, left));
			left -= Math.max(read, 0);
		}
		if (read >= 0) {
			response.setHeader(HttpHeaders.CONNECTION, "close");
		}
	}

}
