package io.agentsocket.autoconfigure;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Properties have values that do not fit.
 */
final class InvalidPropertiesException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final transient List<PropertyMistake> mistakes;

	InvalidPropertiesException(List<PropertyMistake> mistakes) {
		super(mistakes.stream()
			.map((mistake) -> mistake.property() + " = '" + mistake.value() + "': " + mistake.rule())
			.collect(Collectors.joining(System.lineSeparator())));
		this.mistakes = List.copyOf(mistakes);
	}

	List<PropertyMistake> mistakes() {
		return this.mistakes;
	}

}
