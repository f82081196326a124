package io.agentsocket.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.origin.Origin;

/**
 * A property whose value does not fit.
 *
 * @param property name of the property
 * @param value its value as it was written
 * @param origin where it was written, or {@code null} when that is not known
 * @param rule the rule that it breaks, a sentence
 * @param change a valid value, or {@code null} when the rule says it
 */
record PropertyMistake(String property, String value, @Nullable Origin origin, String rule, @Nullable String change) {

}
