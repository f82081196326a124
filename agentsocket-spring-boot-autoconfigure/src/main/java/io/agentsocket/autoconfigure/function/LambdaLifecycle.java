package io.agentsocket.autoconfigure.function;

import io.agentsocket.function.LambdaLoop;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

import org.springframework.context.SmartLifecycle;

/**
 * Takes requests from the Runtime API while the application runs. When no further one can
 * be had, it ends the process, so that Lambda starts another: this one would be deaf.
 */
final class LambdaLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(LambdaLifecycle.class);

	private final LambdaLoop loop;

	private final End end;

	private @Nullable Disposable running;

	LambdaLifecycle(LambdaLoop loop, End end) {
		this.loop = loop;
		this.end = end;
	}

	@Override
	public synchronized void start() {
		if (this.running == null) {
			this.running = this.loop.run().subscribe(null, this::failed);
		}
	}

	private void failed(Throwable error) {
		logger.error("The process ends, as no further request of Lambda can be had", error);
		// The end waits for this lifecycle to stop, so that it needs a thread of its own.
		new Thread(this.end::now, "agentsocket-lambda-end").start();
	}

	@Override
	public synchronized void stop() {
		if (this.running != null) {
			this.running.dispose();
			this.running = null;
		}
	}

	@Override
	public synchronized boolean isRunning() {
		return this.running != null;
	}

	/** Ends the process. */
	@FunctionalInterface
	interface End {

		void now();

	}

}
