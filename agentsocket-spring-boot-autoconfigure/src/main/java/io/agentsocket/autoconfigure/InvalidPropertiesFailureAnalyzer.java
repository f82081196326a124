package io.agentsocket.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports all properties that have values that do not fit.
 */
final class InvalidPropertiesFailureAnalyzer extends AbstractFailureAnalyzer<InvalidPropertiesException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidPropertiesException cause) {
		return new FailureAnalysis("The values of " + cause.mistakes().size()
				+ " properties of Agent Socket do not fit:" + System.lineSeparator() + cause.getMessage(),
				"Correct each of them as it says.", cause);
	}

}
