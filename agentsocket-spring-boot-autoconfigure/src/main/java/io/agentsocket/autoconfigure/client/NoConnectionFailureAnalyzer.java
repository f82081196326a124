package io.agentsocket.autoconfigure.client;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports a client that has to connect at start-up and cannot.
 */
final class NoConnectionFailureAnalyzer extends AbstractFailureAnalyzer<NoConnectionException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, NoConnectionException cause) {
		return new FailureAnalysis("The Agent Socket client has to connect at start-up. " + cause.getMessage() + ".",
				"Start the server first, correct agentsocket.client.uri (or uris) or the token, raise "
						+ "agentsocket.client.connect-timeout, or let the client connect when it is needed with "
						+ "agentsocket.client.fail-fast=false.",
				cause);
	}

}
