package io.agentsocket.tool;

import java.time.DateTimeException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

import io.agentsocket.codec.declared.SameHashException;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.tool.schema.BoundArgument;
import io.agentsocket.tool.schema.DataModel;
import io.agentsocket.tool.schema.Place;
import io.agentsocket.tool.schema.SchemaDiagnosis;
import io.agentsocket.tool.schema.TooMuchWorkException;
import io.agentsocket.tool.schema.Violations;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.exc.InvalidFormatException;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.JsonNodeException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.PropertyBindingException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Says everything that is wrong with arguments that could not be bound.
 */
final class ArgumentDiagnosis {

	private static final String UNDECODABLE = "The arguments cannot be decoded.";

	private static final Log logger = PrintableLog.of(ArgumentDiagnosis.class);

	private final List<BoundArgument> arguments;

	private final SchemaDiagnosis schema;

	private final @Nullable BeanValidation validation;

	ArgumentDiagnosis(List<BoundArgument> arguments, SchemaDiagnosis schema, @Nullable BeanValidation validation) {
		this.arguments = List.copyOf(arguments);
		this.schema = schema;
		this.validation = validation;
	}

	/**
	 * Bind arguments that could not be bound in one pass. Arguments that fit all the same
	 * have a name more than once, of which the last counts.
	 * @param bytes the arguments
	 * @param readers readers for them
	 * @param target the bean
	 * @param size number of parameters
	 * @param cause why they could not be bound, or {@code null}
	 * @return the values of parameters that come from the caller
	 * @throws ActionException with all violations
	 */
	@Nullable Object[] bindAgain(Bytes bytes, ArgumentReaders readers, BeanMethod target, int size, @Nullable Exception cause) {
		Violations violations = new Violations();
		@Nullable Object[] values = new Object[0];
		ObjectNode tree = tree(bytes, readers, violations);
		if (tree != null) {
			checkTree(tree, violations);
			values = bindEach(tree, readers, size, violations);
			checkNames(tree, violations);
			if (this.validation != null) {
				Violations constraints = new Violations();
				this.validation.check(target, values, () -> tree, constraints);
				constraints.addTo(violations);
			}
		}
		if (violations.isEmpty() && tree != null && readers.names(bytes) > names(tree)) {
			return values;
		}
		if (violations.isEmpty()) {
			violations.add("", "type", "The arguments do not fit the schema.");
		}
		ActionException misfit = violations.toException();
		throw (cause != null) ? misfit.withCause(cause) : misfit;
	}

	/**
	 * Add violations of the schema by arguments that were bound. Nothing else checks some
	 * of that, so arguments that take too much work are refused.
	 * @param bytes the arguments
	 * @param readers readers for them
	 * @param violations gets it
	 */
	void checkSchema(Bytes bytes, ArgumentReaders readers, Violations violations) {
		ObjectNode tree = tree(bytes, readers, violations);
		if (tree != null) {
			try {
				this.schema.check(DataModel.of(tree), violations);
			}
			catch (TooMuchWorkException ex) {
				ex.addTo(violations);
			}
		}
	}

	/**
	 * Values that hold each other in many levels may take too much work to be checked as
	 * a whole. The binding, which has refused these arguments, says then what it has
	 * found.
	 */
	private void checkTree(ObjectNode tree, Violations violations) {
		try {
			this.schema.check(DataModel.of(tree), violations);
		}
		catch (TooMuchWorkException ex) {
			logger.debug("Arguments are checked by their binding alone", ex);
		}
	}

	/** Whether the schema bounds the length of a text from below. */
	boolean countsCharacters() {
		return this.schema.countsCharacters();
	}

	/** How many names are in a tree. */
	private static int names(JsonNode tree) {
		int count = tree.isObject() ? tree.size() : 0;
		for (JsonNode child : tree) {
			count += names(child);
		}
		return count;
	}

	/**
	 * Explain bytes that are no value at all.
	 * @return an exception with that violation
	 */
	static ActionException malformed() {
		Violations violations = new Violations();
		violations.add("", "encoding", UNDECODABLE);
		return violations.toException();
	}

	/**
	 * Arguments as they were sent.
	 * @return an object, or {@code null} when they are none
	 */
	static @Nullable ObjectNode tree(Bytes bytes, ArgumentReaders readers) {
		return tree(bytes, readers, new Violations());
	}

	private static @Nullable ObjectNode tree(Bytes bytes, ArgumentReaders readers, Violations violations) {
		try {
			JsonNode tree = bytes.isEmpty() ? readers.emptyObject()
					: readers.tree(bytes.array(), bytes.offset(), bytes.length());
			if (tree instanceof ObjectNode object) {
				return object;
			}
			violations.add("", "type", "The arguments must be an object.");
		}
		catch (JacksonException | ArithmeticException | IllegalArgumentException ex) {
			violations.add("", "encoding", UNDECODABLE);
		}
		return null;
	}

	private @Nullable Object[] bindEach(ObjectNode tree, ArgumentReaders readers, int size, Violations violations) {
		@Nullable Object[] values = new Object[size];
		for (int i = 0; i < this.arguments.size(); i++) {
			BoundArgument argument = this.arguments.get(i);
			JsonNode node = argument.isWhole() ? tree : tree.get(argument.name());
			try {
				JsonNode value = (node == null) ? argument.defaultValue() : node.isNull() ? null : node;
				values[argument.index()] = (value != null) ? readers.read(i, value) : argument.absent();
				boolean none = value != null && values[argument.index()] == null && !argument.nullable();
				if (none && !violations.covers(argument.pointer())) {
					violations.add(argument.pointer(), "value", "This value does not fit the schema.");
				}
				boolean missing = value == null && argument.required();
				boolean misplaced = node != null && node.isNull() && !argument.nullable();
				if ((missing || misplaced) && !violations.covers(argument.pointer())) {
					violations.add(argument.pointer(), missing ? "required" : "type",
							missing ? "This value is required." : "This value must not be null.");
				}
			}
			catch (IllegalArgumentException | ArithmeticException | DateTimeException ex) {
				if (!violations.covers(argument.pointer())) {
					violations.add(argument.pointer(), "value", "This value does not fit the schema.");
				}
			}
			catch (JacksonException ex) {
				String pointer = pointer(tree, argument.place(), ex);
				if (!violations.covers(pointer)) {
					violations.add(pointer, rule(ex), message(ex));
				}
			}
		}
		return values;
	}

	private void checkNames(ObjectNode tree, Violations violations) {
		if (this.arguments.size() == 1 && this.arguments.get(0).isWhole()) {
			return;
		}
		for (String name : tree.propertyNames()) {
			if (violations.isFull()) {
				return;
			}
			String pointer = Violations.step("", name);
			if (this.arguments.stream().noneMatch((argument) -> argument.name().equals(name))
					&& !violations.covers(pointer)) {
				violations.add(pointer, "additionalProperties", "There is no argument of this name.");
			}
		}
	}

	/**
	 * Where binding failed. Jackson leaves out the objects and arrays that only name the
	 * type of their content: then it is somewhere in the argument.
	 */
	private static String pointer(JsonNode tree, Place start, JacksonException ex) {
		Place place = start;
		for (JacksonException.Reference reference : ex.getPath()) {
			if (reference.getPropertyName() != null) {
				place = place.step(reference.getPropertyName());
			}
			else if (reference.getIndex() >= 0) {
				place = place.step(reference.getIndex());
			}
		}
		return (place.parent().in(tree).isMissingNode() ? start : place).pointer();
	}

	private static String rule(JacksonException ex) {
		if (ex instanceof SameHashException same) {
			return same.rule();
		}
		if (ex instanceof PropertyBindingException) {
			return "additionalProperties";
		}
		if (ex instanceof InvalidNullException) {
			return isElement(ex) ? "type" : "required";
		}
		if (ex instanceof InvalidFormatException) {
			return "format";
		}
		if (ex instanceof InputCoercionException || ex instanceof JsonNodeException) {
			return "range";
		}
		return (ex instanceof MismatchedInputException || !(ex instanceof DatabindException)) ? "type" : "value";
	}

	private static String message(JacksonException ex) {
		if (ex instanceof SameHashException) {
			return SameHashException.TEXT;
		}
		if (ex instanceof PropertyBindingException) {
			return "There is no argument of this name.";
		}
		if (ex instanceof InvalidNullException) {
			return isElement(ex) ? "This value must not be null." : "This value is required.";
		}
		if (ex instanceof InputCoercionException || ex instanceof JsonNodeException) {
			return "The number is out of range.";
		}
		return "This value does not fit the schema.";
	}

	private static boolean isElement(JacksonException ex) {
		List<JacksonException.Reference> path = ex.getPath();
		Object from = path.isEmpty() ? null : path.get(path.size() - 1).from();
		return from instanceof Collection<?> || from instanceof Map<?, ?> || from instanceof Object[];
	}

}
