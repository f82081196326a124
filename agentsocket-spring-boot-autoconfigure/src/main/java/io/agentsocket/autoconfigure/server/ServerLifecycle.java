package io.agentsocket.autoconfigure.server;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.server.AgentSocketServer;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.log.LogMessage;

/**
 * Says that the endpoint is there, and drains it while the web server stops to accept:
 * the web server's graceful shutdown waits for open sockets, and nobody else would close
 * them. Implements section 15.1 of {@code docs/protocol.md}.
 */
final class ServerLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(ServerLifecycle.class);

	private final AgentSocketServer server;

	private final ActionCatalog catalog;

	/** For people. */
	private final String path;

	private volatile boolean running;

	private @Nullable Disposable drain;

	ServerLifecycle(AgentSocketServer server, ActionCatalog catalog, String path) {
		this.server = server;
		this.catalog = catalog;
		this.path = path;
	}

	@Override
	public void start() {
		this.running = true;
		if (this.server.isDraining()) {
			logger.warn(LogMessage.format(
					"Agent Socket endpoint WebSocket %s refuses all agents with status 503: it was "
							+ "drained when the context was stopped. Close the context and begin another one.",
					this.path));
			return;
		}
		int actions = this.catalog.actions().size();
		logger.info(LogMessage.format("Agent Socket endpoint WebSocket %s with %s %s", this.path, actions,
				(actions != 1) ? "actions" : "action"));
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable callback) {
		this.running = false;
		if (this.drain != null) {
			this.drain.dispose();
		}
		this.drain = this.server.drain()
			.doFinally((signal) -> callback.run())
			.subscribe(null, (error) -> logger.warn("The endpoint was not drained", error));
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/** A drained server does not come back. */
	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return WebServerApplicationContext.GRACEFUL_SHUTDOWN_PHASE;
	}

}
