package io.agentsocket.autoconfigure;

import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Looks into the failure of a start.
 */
public final class Failures {

	private Failures() {
	}

	/**
	 * The properties that a failure is about.
	 * @param failure the failure
	 * @return their names, or {@code null}
	 */
	public static @Nullable String property(@Nullable Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof InvalidConfigurationPropertyValueException invalid) {
				return invalid.getName();
			}
			if (cause instanceof InvalidPropertiesException invalid) {
				return invalid.mistakes().stream().map(PropertyMistake::property).collect(Collectors.joining(", "));
			}
		}
		return null;
	}

}
