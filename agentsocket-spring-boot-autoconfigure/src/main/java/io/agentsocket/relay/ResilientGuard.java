package io.agentsocket.relay;

import java.util.concurrent.TimeUnit;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import org.jspecify.annotations.Nullable;

/**
 * A circuit breaker and a bulkhead of Resilience4j before one function.
 */
public final class ResilientGuard implements CallGuard {

	private static final RuntimeException FAILURE = new FunctionFailed();

	private final CircuitBreaker breaker;

	private final Bulkhead bulkhead;

	/**
	 * Create a guard.
	 * @param breaker refuses requests while the function fails
	 * @param bulkhead bounds the open requests; waits for nothing
	 */
	public ResilientGuard(CircuitBreaker breaker, Bulkhead bulkhead) {
		this.breaker = breaker;
		this.bulkhead = bulkhead;
	}

	@Override
	public @Nullable String tryEnter() {
		if (!this.bulkhead.tryAcquirePermission()) {
			return "too many requests are open";
		}
		if (!this.breaker.tryAcquirePermission()) {
			this.bulkhead.releasePermission();
			return "the circuit breaker is open";
		}
		return null;
	}

	@Override
	public void leave(Result result, long nanos) {
		this.bulkhead.onComplete();
		switch (result) {
			case ANSWERED -> this.breaker.onSuccess(nanos, TimeUnit.NANOSECONDS);
			case FAILED -> this.breaker.onError(nanos, TimeUnit.NANOSECONDS, FAILURE);
			case UNKNOWN -> this.breaker.releasePermission();
		}
	}

	@Override
	public String state() {
		return this.breaker.getState().name();
	}

	/** Stands for whatever has failed. */
	private static final class FunctionFailed extends RuntimeException {

		private static final long serialVersionUID = 1L;

		FunctionFailed() {
			super("The function has failed", null, false, false);
		}

	}

}
