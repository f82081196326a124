package io.agentsocket.autoconfigure.server;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports a servlet container on which there is no endpoint.
 */
final class UnsupportedContainerFailureAnalyzer extends AbstractFailureAnalyzer<UnsupportedContainerException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, UnsupportedContainerException cause) {
		return new FailureAnalysis(
				"The servlet container is " + cause.container()
						+ ". The Agent Socket endpoint works on Tomcat 11 and Jetty 12.1: only these let it "
						+ "pause a connection, so that an agent cannot fill the memory.",
				"Run the application on Tomcat or Jetty, or set agentsocket.server.enabled=false if it is to have "
						+ "no endpoint.",
				cause);
	}

}
