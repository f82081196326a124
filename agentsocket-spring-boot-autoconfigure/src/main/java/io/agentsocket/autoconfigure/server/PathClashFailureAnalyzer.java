package io.agentsocket.autoconfigure.server;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports a path with two handlers.
 */
final class PathClashFailureAnalyzer extends AbstractFailureAnalyzer<PathClashException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, PathClashException cause) {
		return new FailureAnalysis(
				"The path '" + cause.path().path() + "' of the " + cause.path().endpoint()
						+ " endpoint is also mapped to " + cause.other()
						+ ", which would never be reached: the endpoint takes requests of every method.",
				"Set " + cause.path().property() + " to another path, or map the handler elsewhere.", cause);
	}

}
