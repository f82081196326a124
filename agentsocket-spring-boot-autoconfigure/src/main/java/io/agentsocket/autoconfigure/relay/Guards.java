package io.agentsocket.autoconfigure.relay;

import java.time.Duration;

import io.agentsocket.autoconfigure.FunctionProperties;
import io.agentsocket.relay.CallGuard;
import io.agentsocket.relay.ResilientGuard;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;

/**
 * Makes the circuit breaker and the bulkhead of a function, where Resilience4j is on the
 * class path.
 */
final class Guards {

	/** Requests that are let through to see whether the function is well again. */
	private static final int TRIALS = 3;

	private Guards() {
	}

	static CallGuard resilient(String name, FunctionProperties function) {
		FunctionProperties.CircuitBreaker properties = function.circuitBreaker();
		CircuitBreaker breaker = CircuitBreaker.of(name,
				CircuitBreakerConfig.custom()
					.failureRateThreshold(properties.failureRate())
					.minimumNumberOfCalls(properties.minimumRequests())
					.slidingWindowSize(Math.max(100, properties.minimumRequests()))
					.waitDurationInOpenState(properties.waitTime())
					.permittedNumberOfCallsInHalfOpenState(TRIALS)
					.build());
		Bulkhead bulkhead = Bulkhead.of(name,
				BulkheadConfig.custom()
					.maxConcurrentCalls(function.concurrency())
					.maxWaitDuration(Duration.ZERO)
					.build());
		return new ResilientGuard(breaker, bulkhead);
	}

}
