package io.agentsocket.autoconfigure.function;

import io.agentsocket.function.FunctionEndpoint;

import org.springframework.context.SmartLifecycle;

/**
 * Tells agents when their detached invocations end with the application.
 */
final class FunctionLifecycle implements SmartLifecycle {

	private final FunctionEndpoint endpoint;

	private volatile boolean running;

	/**
	 * Create a lifecycle.
	 * @param endpoint has the invocations
	 */
	FunctionLifecycle(FunctionEndpoint endpoint) {
		this.endpoint = endpoint;
	}

	@Override
	public void start() {
		this.running = true;
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	@Override
	public void stop(Runnable callback) {
		this.running = false;
		this.endpoint.end().doFinally((signal) -> callback.run()).subscribe();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
