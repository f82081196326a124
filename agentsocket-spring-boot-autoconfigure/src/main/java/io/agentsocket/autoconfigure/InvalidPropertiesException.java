package io.agentsocket.autoconfigure;

import java.util.List;
import java.util.stream.Collectors;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Several properties have values that do not fit.
 */
final class InvalidPropertiesException extends IllegalStateException {

	private static final long serialVersionUID = 1L;

	private final transient List<InvalidConfigurationPropertyValueException> mistakes;

	InvalidPropertiesException(List<InvalidConfigurationPropertyValueException> mistakes) {
		super(describe(mistakes));
		this.mistakes = List.copyOf(mistakes);
	}

	private static String describe(List<InvalidConfigurationPropertyValueException> mistakes) {
		return mistakes.stream()
			.map((mistake) -> mistake.getName() + " = '" + mistake.getValue() + "': " + mistake.getReason())
			.collect(Collectors.joining(System.lineSeparator()));
	}

	List<InvalidConfigurationPropertyValueException> mistakes() {
		return this.mistakes;
	}

}
