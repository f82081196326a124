package io.agentsocket.autoconfigure.function;

import io.agentsocket.lambda.LambdaLoop;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Takes requests from the Runtime API while the application runs. When no further one can
 * be had, it ends the process, so that Lambda starts another: this one would be deaf.
 */
final class LambdaLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(LambdaLifecycle.class);

	private final LambdaLoop loop;

	private final End end;

	private final boolean wanted;

	private volatile boolean running;

	/**
	 * Create a lifecycle.
	 * @param loop takes the requests
	 * @param end ends the process
	 * @param wanted whether requests are to be taken: what was decided ahead of time may
	 * run below a handler that gets them
	 */
	LambdaLifecycle(LambdaLoop loop, End end, boolean wanted) {
		this.loop = loop;
		this.end = end;
		this.wanted = wanted;
	}

	@Override
	public boolean isAutoStartup() {
		return this.wanted;
	}

	@Override
	public void start() {
		this.running = true;
		this.loop.start(this::failed);
	}

	private void failed(Throwable error) {
		logger.error("The process ends, as no further request of Lambda can be had", error);
		// The end waits for this lifecycle to stop, so that it needs a thread of its own.
		new Thread(this.end::now, "agentsocket-lambda-end").start();
	}

	@Override
	public void stop() {
		stop(() -> {
		});
	}

	/** The request that is being answered has the time of the phase. */
	@Override
	public void stop(Runnable callback) {
		this.running = false;
		this.loop.stop(callback);
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	/** Ends the process. */
	@FunctionalInterface
	interface End {

		void now();

	}

}
