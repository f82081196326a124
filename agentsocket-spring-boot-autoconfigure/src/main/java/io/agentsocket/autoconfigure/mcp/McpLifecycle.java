package io.agentsocket.autoconfigure.mcp;

import io.agentsocket.mcp.McpEndpoint;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.log.LogMessage;

/**
 * Says that the endpoint is there, and ends requests that would hold the web server up
 * when it leaves: open subscriptions, and calls whose clients cannot come back any more.
 */
final class McpLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(McpLifecycle.class);

	private final McpEndpoint endpoint;

	private final String path;

	private volatile boolean running;

	private volatile boolean left;

	McpLifecycle(McpEndpoint endpoint, String path) {
		this.endpoint = endpoint;
		this.path = path;
	}

	@Override
	public void start() {
		this.running = true;
		if (this.left) {
			logger.warn(LogMessage.format("MCP endpoint POST %s refuses all requests: it has left when the context was "
					+ "stopped. Close the context and begin another one.", this.path));
			return;
		}
		logger.info(LogMessage.format("MCP endpoint POST %s for the same actions", this.path));
	}

	@Override
	public void stop() {
		this.running = false;
		this.left = true;
		this.endpoint.leave();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/** An endpoint that has left does not come back. */
	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
	}

}
