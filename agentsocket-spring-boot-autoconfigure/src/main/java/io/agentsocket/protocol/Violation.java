package io.agentsocket.protocol;

/**
 * A way in which arguments do not fit.
 *
 * @param pointer JSON pointer to the value, empty for the arguments as a whole
 * @param rule the broken rule: a JSON Schema keyword ({@code required}, {@code type}) or
 * the simple name of a constraint
 * @param message the mend, for a model or a person
 */
public record Violation(String pointer, String rule, String message) {

}
