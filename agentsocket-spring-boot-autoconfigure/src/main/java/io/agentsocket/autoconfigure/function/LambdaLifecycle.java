package io.agentsocket.autoconfigure.function;

import io.agentsocket.function.LambdaLoop;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

import org.springframework.context.SmartLifecycle;

/**
 * Takes requests from the Runtime API while the application runs.
 */
final class LambdaLifecycle implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(LambdaLifecycle.class);

	private final LambdaLoop loop;

	private @Nullable Disposable running;

	LambdaLifecycle(LambdaLoop loop) {
		this.loop = loop;
	}

	@Override
	public synchronized void start() {
		if (this.running == null) {
			this.running = this.loop.run()
				.subscribe(null, (error) -> logger.error("No further request of Lambda can be had", error));
		}
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

}
