package io.agentsocket.autoconfigure;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentsocket.tool.InvalidToolsException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports all wrongly declared tools at once.
 */
final class InvalidToolsFailureAnalyzer extends AbstractFailureAnalyzer<InvalidToolsException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidToolsException cause) {
		String description = cause.problems()
			.stream()
			.map((problem) -> "- " + problem.method() + ", bean '" + problem.bean() + "':" + System.lineSeparator()
					+ "    " + problem.problem())
			.collect(
					Collectors.joining(System.lineSeparator(), "Methods annotated with @AgentTool are declared wrongly:"
							+ System.lineSeparator() + System.lineSeparator(), ""));
		Set<String> actions = new LinkedHashSet<>();
		cause.problems().forEach((problem) -> actions.add("- " + problem.method() + ": " + problem.action()));
		return new FailureAnalysis(description, String.join(System.lineSeparator(), actions), cause);
	}

}
