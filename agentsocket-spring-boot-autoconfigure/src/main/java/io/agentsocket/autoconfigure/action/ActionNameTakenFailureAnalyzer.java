package io.agentsocket.autoconfigure.action;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports an action whose name is taken.
 */
final class ActionNameTakenFailureAnalyzer extends AbstractFailureAnalyzer<ActionNameTakenException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, ActionNameTakenException cause) {
		return new FailureAnalysis(
				cause.getMessage() + ": an Action bean and a tool, another Action bean, or an action "
						+ "that was added to the catalog before.",
				"Give each of them a name of its own, or change the action " + cause.names()
						+ " at run time with ActionCatalog.replace.",
				cause);
	}

}
