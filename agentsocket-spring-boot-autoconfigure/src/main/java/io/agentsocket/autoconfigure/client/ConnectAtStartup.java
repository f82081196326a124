package io.agentsocket.autoconfigure.client;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.agentsocket.autoconfigure.ClientProperties;
import io.agentsocket.client.AgentSocketClient;

import org.springframework.context.SmartLifecycle;

/**
 * Connects the client when the application starts, after its own web server, and fails
 * the start when that does not work.
 */
final class ConnectAtStartup implements SmartLifecycle {

	private final AgentSocketClient client;

	private final ClientProperties settings;

	private volatile boolean running;

	ConnectAtStartup(AgentSocketClient client, ClientProperties settings) {
		this.client = client;
		this.settings = settings;
	}

	@Override
	public void start() {
		CompletableFuture<Void> connected = this.client.connect().toFuture();
		try {
			connected.get(NoConnectionException.limit(this.settings).toMillis(), TimeUnit.MILLISECONDS);
			this.running = true;
		}
		catch (ExecutionException ex) {
			throw new NoConnectionException(this.settings, reason(), ex.getCause());
		}
		catch (TimeoutException ex) {
			connected.cancel(true);
			throw new NoConnectionException(this.settings, reason(), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new NoConnectionException(this.settings, "interrupted", ex);
		}
	}

	private String reason() {
		String known = this.client.lastFailure();
		return (known != null) ? known : "no answer";
	}

	@Override
	public void stop() {
		// The client is closed when its bean is destroyed: what stops later may need it.
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

}
