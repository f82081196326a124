package io.agentsocket.autoconfigure.function;

import io.agentsocket.function.FunctionEndpoint;

import org.springframework.context.SmartLifecycle;

/**
 * Tells agents when their detached invocations end with the application, once its last
 * requests are answered.
 */
final class FunctionLifecycle implements SmartLifecycle {

	/**
	 * Behind the last requests, which may begin detached work, and before the web server
	 * ends: half way between the phases of its graceful shutdown and of its end. Their
	 * names are not used, since an application that Lambda feeds has no web server.
	 */
	static final int PHASE = DEFAULT_PHASE - 1024 - 512;

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
	public int getPhase() {
		return PHASE;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

}
