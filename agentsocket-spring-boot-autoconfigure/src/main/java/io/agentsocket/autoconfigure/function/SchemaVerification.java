package io.agentsocket.autoconfigure.function;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.agentsocket.function.FunctionEndpoint;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.scheduler.Schedulers;

import org.springframework.context.SmartLifecycle;

/**
 * Makes the schemas of a function a while after its start, so that mistakes in types are
 * known before somebody asks for them: the first invocation needs none and does not wait.
 */
final class SchemaVerification implements SmartLifecycle {

	private static final Log logger = LogFactory.getLog(SchemaVerification.class);

	/** The first invocations, for which the process was started, are over then. */
	static final Duration DELAY = Duration.ofSeconds(10);

	private final FunctionEndpoint endpoint;

	private final Duration delay;

	private volatile @Nullable Disposable task;

	/**
	 * Create a verification.
	 * @param endpoint has the actions
	 * @param delay time from the start until they are looked at
	 */
	SchemaVerification(FunctionEndpoint endpoint, Duration delay) {
		this.endpoint = endpoint;
		this.delay = delay;
	}

	@Override
	public void start() {
		this.task = Schedulers.boundedElastic().schedule(this::verify, this.delay.toMillis(), TimeUnit.MILLISECONDS);
	}

	private void verify() {
		List<String> mistakes = this.endpoint.verify();
		if (!mistakes.isEmpty()) {
			logger.error("No schema can be made of the types of " + mistakes.size()
					+ " actions, which are not described to relays. Use records, or types that Jackson can read and "
					+ "write; agentsocket.function.verify=start ends the start instead:" + System.lineSeparator()
					+ "  - " + String.join(System.lineSeparator() + "  - ", mistakes));
		}
	}

	@Override
	public void stop() {
		Disposable present = this.task;
		if (present != null) {
			this.task = null;
			present.dispose();
		}
	}

	@Override
	public boolean isRunning() {
		return this.task != null;
	}

}
