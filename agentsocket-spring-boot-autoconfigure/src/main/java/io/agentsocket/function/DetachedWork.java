package io.agentsocket.function;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.ActionErrors;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.ErrorResolver;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import reactor.core.publisher.Mono;

/**
 * The invocations that go on in this process after their requests were answered.
 * Thread-safe.
 */
final class DetachedWork {

	/** More than a process with the memory of a function has room for. */
	private static final int MAX_RUNS = 10_000;

	/** How long the end of the application waits until agents are told. */
	private static final Duration FAREWELL = Duration.ofSeconds(2);

	private final ActionErrors errors;

	private final Set<DetachedRun> runs = ConcurrentHashMap.newKeySet();

	private volatile boolean ended;

	DetachedWork(List<ErrorResolver> resolvers) {
		this.errors = new ActionErrors(resolvers);
	}

	/**
	 * Take a run, which begins later.
	 * @throws ActionException if there are too many
	 */
	DetachedRun take(CallbackPush callback, AgentExchange exchange) {
		DetachedRun run = new DetachedRun(callback, exchange, this.errors, this.runs::remove);
		this.runs.add(run);
		if (this.ended || this.runs.size() > MAX_RUNS) {
			run.dispose();
			// The tool has run up to here: nobody may call it again unasked.
			throw new ActionException(ErrorCode.RESOURCE_EXHAUSTED, "Too many invocations go on here").retryable();
		}
		return run;
	}

	/**
	 * End all runs, and tell their agents; there are no further ones.
	 * @return completes when they are told, or after a moment
	 */
	Mono<Void> end() {
		return Mono.defer(() -> {
			this.ended = true;
			return Mono.whenDelayError(this.runs.stream().map(DetachedRun::abandon).toList())
				.timeout(FAREWELL)
				.onErrorComplete();
		});
	}

}
