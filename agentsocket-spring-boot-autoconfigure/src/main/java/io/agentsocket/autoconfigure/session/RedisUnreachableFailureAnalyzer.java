package io.agentsocket.autoconfigure.session;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports a Redis that does not answer.
 */
final class RedisUnreachableFailureAnalyzer extends AbstractFailureAnalyzer<RedisUnreachableException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, RedisUnreachableException cause) {
		return new FailureAnalysis(
				"Sessions of agents have to be kept in Redis (agentsocket.session.store=redis), and it does not answer: "
						+ rootFailure,
				"Start Redis, or correct spring.data.redis.*. With agentsocket.session.store=auto the application starts "
						+ "and waits for Redis, with =memory it needs none.",
				cause);
	}

}
