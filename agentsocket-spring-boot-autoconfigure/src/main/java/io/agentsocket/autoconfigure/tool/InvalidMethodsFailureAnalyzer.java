package io.agentsocket.autoconfigure.tool;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentsocket.method.InvalidMethodsException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Reports all wrongly declared tools, or all wrongly declared listeners, at once.
 */
final class InvalidMethodsFailureAnalyzer extends AbstractFailureAnalyzer<InvalidMethodsException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidMethodsException cause) {
		String description = cause.problems()
			.stream()
			.map((problem) -> "- " + problem.method() + ", bean '" + problem.bean() + "':" + System.lineSeparator()
					+ "    " + problem.problem())
			.collect(Collectors.joining(System.lineSeparator(),
					cause.title() + ":" + System.lineSeparator() + System.lineSeparator(), ""));
		Set<String> actions = new LinkedHashSet<>();
		cause.problems().forEach((problem) -> actions.add("- " + problem.method() + ": " + problem.action()));
		return new FailureAnalysis(description, String.join(System.lineSeparator(), actions), cause);
	}

}
