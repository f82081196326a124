package io.agentsocket.autoconfigure;

import java.util.stream.Collectors;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Reports all properties that have values that do not fit. Asked before the analyzers of
 * Spring Boot, which know only that something could not be bound.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidPropertiesFailureAnalyzer extends AbstractFailureAnalyzer<InvalidPropertiesException> {

	private static final String LINE = System.lineSeparator();

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, InvalidPropertiesException cause) {
		int count = cause.mistakes().size();
		String title = (count == 1) ? "The value of a property of Agent Socket does not fit:"
				: "The values of " + count + " properties of Agent Socket do not fit:";
		String description = cause.mistakes()
			.stream()
			.map(InvalidPropertiesFailureAnalyzer::describe)
			.collect(Collectors.joining(LINE, title + LINE + LINE, ""));
		String action = cause.mistakes()
			.stream()
			.map((mistake) -> "    " + mistake.property() + ": " + change(mistake))
			.collect(Collectors.joining(LINE, "Change " + ((count == 1) ? "it" : "each of them") + ":" + LINE + LINE,
					""));
		return new FailureAnalysis(description, action, cause);
	}

	private static String describe(PropertyMistake mistake) {
		return "    Property: " + mistake.property() + LINE + "    Value: \"" + mistake.value() + "\"" + LINE
				+ ((mistake.origin() != null) ? "    Origin: " + mistake.origin() + LINE : "") + "    Rule: "
				+ mistake.rule() + LINE;
	}

	private static String change(PropertyMistake mistake) {
		return (mistake.change() != null) ? mistake.change() : mistake.rule();
	}

}
