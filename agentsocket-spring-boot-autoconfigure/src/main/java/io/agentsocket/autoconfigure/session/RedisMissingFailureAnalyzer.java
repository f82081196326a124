package io.agentsocket.autoconfigure.session;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports that sessions cannot be kept in Redis.
 */
final class RedisMissingFailureAnalyzer extends AbstractFailureAnalyzer<RedisMissingException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, RedisMissingException cause) {
		String library = cause.library();
		if (library != null) {
			return new FailureAnalysis(
					"agentsocket.session.store is 'redis', but " + library + " is not on the class path.",
					"Add the dependency " + library + ", or set agentsocket.session.store to 'memory' or 'auto'.",
					cause);
		}
		return new FailureAnalysis(
				"agentsocket.session.store is 'redis', but there is no bean of type ReactiveRedisConnectionFactory.",
				"Have Spring Boot configure one, which needs spring-boot-starter-data-redis with Lettuce and"
						+ " spring.data.redis.* to say where Redis is, or declare one, or set"
						+ " agentsocket.session.store to 'memory' or 'auto'.",
				cause);
	}

}
