package io.agentsocket.tool;

import java.time.DateTimeException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.tool.schema.BoundArgument;
import io.agentsocket.tool.schema.SchemaDiagnosis;
import io.agentsocket.tool.schema.Violations;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.exc.InvalidDefinitionException;

/**
 * Binds the arguments of an invocation to the parameters of a method: one parse straight
 * into typed values. When anything does not fit, the arguments are read once more to
 * report everything that does not. Immutable but for a cache of readers per codec.
 */
final class ArgumentBinder {

	private final @Nullable Object[] template;

	private final BoundArgument[] arguments;

	private final SuppliedParameter[] supplied;

	private final Map<String, Integer> positions = new HashMap<>();

	private final ArgumentDiagnosis diagnosis;

	private final @Nullable BeanValidation validation;

	private final ArgumentMappers mappers;

	private final Map<String, ArgumentReaders> readers = new ConcurrentHashMap<>();

	/**
	 * Create a binder.
	 * @param size number of parameters
	 * @param arguments parameters that come from the caller
	 * @param supplied all others that have a value
	 * @param schema finds the values that do not fit
	 * @param validation constraints, or {@code null}
	 * @param mappers mappers of codecs
	 */
	ArgumentBinder(int size, List<BoundArgument> arguments, List<SuppliedParameter> supplied, SchemaDiagnosis schema,
			@Nullable BeanValidation validation, ArgumentMappers mappers) {
		this.template = new Object[size];
		this.arguments = arguments.toArray(BoundArgument[]::new);
		this.supplied = supplied.toArray(SuppliedParameter[]::new);
		this.diagnosis = new ArgumentDiagnosis(arguments, schema, validation);
		this.validation = validation;
		this.mappers = mappers;
		for (int i = 0; i < this.arguments.length; i++) {
			this.template[this.arguments[i].index()] = this.arguments[i].absent();
			this.positions.put(this.arguments[i].name(), i);
		}
	}

	/**
	 * Bind.
	 * @param exchange the invocation
	 * @param target the bean
	 * @return one value for each parameter
	 * @throws ActionException with all violations if the arguments do not fit
	 */
	@Nullable Object[] bind(AgentExchange exchange, BeanMethod target) {
		ArgumentReaders readers = readers(exchange.codec());
		Bytes bytes = exchange.arguments();
		check(exchange.codec(), bytes);
		@Nullable Object[] values = this.template.clone();
		boolean bound;
		try {
			bound = isWhole() ? readWhole(bytes, readers, values) : readEach(bytes, readers, values);
		}
		catch (InvalidDefinitionException ex) {
			// Not the caller's mistake: the type cannot be read at all.
			throw ex;
		}
		catch (JacksonException | IllegalArgumentException | ArithmeticException | DateTimeException ex) {
			// Deserializers of the application fail with whatever they like; numbers and
			// dates may exceed the range of their type.
			values = this.diagnosis.bindAgain(bytes, readers, target, values.length, ex);
			bound = true;
		}
		if (!bound) {
			values = this.diagnosis.bindAgain(bytes, readers, target, values.length, null);
		}
		for (SuppliedParameter one : this.supplied) {
			values[one.index()] = one.value().apply(exchange);
		}
		if (this.validation != null) {
			Violations violations = new Violations();
			this.validation.check(target, values, () -> ArgumentDiagnosis.tree(bytes, readers), violations);
			if (this.validation.needsSchema() || mayHaveLongCharacters(bytes) && this.diagnosis.countsCharacters()) {
				Violations published = new Violations();
				this.diagnosis.checkSchema(bytes, readers, published);
				published.addTo(violations);
			}
			if (!violations.isEmpty()) {
				throw violations.toException();
			}
		}
		return values;
	}

	/**
	 * The error of a call: a proxy may check constraints that are not checked here.
	 * @param failure what the call threw
	 * @param exchange the invocation
	 * @param values the bound parameters
	 * @return INVALID_ARGUMENT when it is about the arguments, else the same
	 */
	RuntimeException failure(RuntimeException failure, AgentExchange exchange, @Nullable Object[] values) {
		ActionException refusal = (this.validation != null) ? this.validation.refusal(failure, values,
				() -> ArgumentDiagnosis.tree(exchange.arguments(), readers(exchange.codec()))) : null;
		return (refusal != null) ? refusal : failure;
	}

	/**
	 * Whether a text may have characters that Java counts twice: in UTF-8 their first
	 * byte is 0xF0 or more, in JSON they may be escaped.
	 */
	private static boolean mayHaveLongCharacters(Bytes bytes) {
		byte[] array = bytes.array();
		for (int i = bytes.offset(); i < bytes.offset() + bytes.length(); i++) {
			if ((array[i] & 0xF0) == 0xF0 || array[i] == '\\') {
				return true;
			}
		}
		return false;
	}

	private static void check(Codec codec, Bytes bytes) {
		if (!bytes.isEmpty()) {
			try {
				codec.check(bytes);
			}
			catch (CodecException ex) {
				throw ArgumentDiagnosis.malformed().withCause(ex);
			}
		}
	}

	private boolean isWhole() {
		return this.arguments.length == 1 && this.arguments[0].isWhole();
	}

	private ArgumentReaders readers(Codec codec) {
		ArgumentReaders readers = this.readers.get(codec.name());
		if (readers == null || readers.source() != codec.mapper()) {
			readers = ArgumentReaders.of(codec.mapper(), this.mappers.of(codec), this.arguments);
			this.readers.put(codec.name(), readers);
		}
		return readers;
	}

	private boolean readWhole(Bytes bytes, ArgumentReaders readers, @Nullable Object[] values) {
		Object value = bytes.isEmpty() ? readers.read(0, readers.emptyObject())
				: readers.read(bytes.array(), bytes.offset(), bytes.length());
		values[this.arguments[0].index()] = value;
		return value != null;
	}

	private boolean readEach(Bytes bytes, ArgumentReaders readers, @Nullable Object[] values) {
		long seen = bytes.isEmpty() ? 0 : parse(bytes, readers, values);
		if (seen < 0) {
			return false;
		}
		for (int i = 0; i < this.arguments.length; i++) {
			BoundArgument argument = this.arguments[i];
			if ((seen & 1L << i) == 0) {
				if (argument.required()) {
					return false;
				}
				if (argument.defaultValue() != null) {
					values[argument.index()] = readers.read(i, argument.defaultValue());
				}
			}
		}
		return true;
	}

	/**
	 * Parse the arguments.
	 * @return a bit for each argument that was given, or -1 if one does not fit
	 */
	private long parse(Bytes bytes, ArgumentReaders readers, @Nullable Object[] values) {
		long seen = 0;
		try (JsonParser parser = readers.parser(bytes.array(), bytes.offset(), bytes.length())) {
			if (parser.nextToken() != JsonToken.START_OBJECT) {
				return -1;
			}
			String name = parser.nextName();
			while (name != null) {
				Integer position = this.positions.get(name);
				if (position == null) {
					return -1;
				}
				BoundArgument argument = this.arguments[position];
				if (parser.nextToken() != JsonToken.VALUE_NULL) {
					Object value = readers.read(position, parser);
					if (value == null && !argument.nullable()) {
						// Something that Jackson takes for null.
						return -1;
					}
					values[argument.index()] = value;
					seen |= 1L << position;
				}
				else if (argument.nullable()) {
					// The last of several values with one name counts.
					values[argument.index()] = argument.absent();
					seen &= ~(1L << position);
				}
				else {
					return -1;
				}
				name = parser.nextName();
			}
			boolean whole = parser.currentToken() == JsonToken.END_OBJECT && parser.nextToken() == null;
			return whole ? seen : -1;
		}
	}

}
