package io.agentsocket.tool.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

import com.networknt.schema.Error;
import com.networknt.schema.OutputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.ValidationLimitExceededException;
import com.networknt.schema.path.NodePath;
import io.agentsocket.log.PrintableLog;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

import org.springframework.util.ClassUtils;

/**
 * Finds everything in a tree that does not fit a schema. For arguments it is used only
 * after binding has failed.
 */
public final class SchemaDiagnosis {

	private static final Log logger = PrintableLog.of(SchemaDiagnosis.class);

	private static final boolean PRESENT = ClassUtils.isPresent("com.networknt.schema.SchemaRegistry",
			SchemaDiagnosis.class.getClassLoader());

	private final Supplier<? extends JsonNode> schema;

	private final String unknown;

	private volatile @Nullable Object compiled;

	private volatile @Nullable Boolean characters;

	private volatile @Nullable Boolean compares;

	/**
	 * Create a diagnosis of arguments.
	 * @param schema gives their schema, the same one each time
	 */
	public SchemaDiagnosis(Supplier<? extends JsonNode> schema) {
		this(schema, "There is no argument of this name.");
	}

	/**
	 * Create a diagnosis.
	 * @param schema gives the schema, the same one each time
	 * @param unknown says that a property is none of those that there are
	 */
	SchemaDiagnosis(Supplier<? extends JsonNode> schema, String unknown) {
		this.schema = schema;
		this.unknown = unknown;
	}

	/**
	 * Whether a text can be shorter than the schema wants although Java finds it long
	 * enough: a schema counts characters, Java counts some of them twice.
	 */
	public boolean countsCharacters() {
		Boolean known = this.characters;
		if (known == null) {
			known = this.schema.get()
				.findValues("minLength")
				.stream()
				.anyMatch((bound) -> bound.isNumber() && bound.asInt(0) > 1);
			this.characters = known;
		}
		return known;
	}

	/** Whether the elements of an array have to differ. */
	private boolean comparesElements() {
		Boolean known = this.compares;
		if (known == null) {
			known = !this.schema.get().findValues("uniqueItems").isEmpty();
			this.compares = known;
		}
		return known;
	}

	/**
	 * Add the values that do not fit.
	 * @param tree the arguments
	 * @param violations gets it
	 * @throws TooMuchWorkException if that cannot be told in a reasonable time
	 */
	public void check(JsonNode tree, Violations violations) {
		if (PRESENT) {
			Object compiled = this.compiled;
			if (compiled == null) {
				compiled = Validation.compile(this.schema.get());
				this.compiled = compiled;
			}
			try {
				if (comparesElements() && UniqueElements.areTooMuchWork(tree)) {
					throw new TooMuchWorkException("uniqueItems");
				}
				Validation.check(compiled, this.schema.get(), tree, this.unknown, violations);
			}
			catch (JacksonException | ArithmeticException | IllegalArgumentException ex) {
				// The library takes each number for one of 64 bits or a plain decimal.
				logger.debug("A value cannot be checked against its schema", ex);
				violations.add("", "type", "A number is out of range.");
			}
		}
	}

	private static final class Validation {

		/** Steps of a check, however little there is to check: some 50 ms. */
		private static final long STEPS = 100_000;

		/** Steps for each value: more than schemas have keywords that look at one. */
		private static final long STEPS_OF_EACH = 16;

		/** Schemas within schemas: four for each level that values may have. */
		private static final int DEPTH = 512;

		/**
		 * Levels of values from which on they are at fault, and not a schema without an
		 * end.
		 */
		private static final int DEEP = DEPTH / 8;

		private static final SchemaRegistry REGISTRY = SchemaRegistry.withDefaultDialect(
				SpecificationVersion.DRAFT_2020_12,
				(builder) -> builder.schemaCacheEnabled(false)
					.schemaRegistryConfig(SchemaRegistryConfig.builder()
						.locale(Locale.ENGLISH)
						.formatAssertionsEnabled(true)
						.regularExpressionFactory(new BoundedPatterns())
						.build()));

		private Validation() {
		}

		static Object compile(JsonNode schema) {
			try {
				Schema compiled = REGISTRY.getSchema(schema);
				compiled.initializeValidators();
				return compiled;
			}
			catch (BoundedPatterns.TooManyLooksException ex) {
				throw new TooMuchWorkException("pattern");
			}
			catch (StackOverflowError ex) {
				throw endless();
			}
		}

		static void check(Object compiled, JsonNode schema, JsonNode tree, String unknown, Violations violations) {
			FirstErrors found = new FirstErrors();
			errors((Schema) compiled, tree, found);
			List<Error> errors = found.list();
			Alternatives alternatives = new Alternatives(schema, tree, violations);
			for (Error error : errors) {
				List<String> path = steps(error.getEvaluationPath());
				List<String> location = steps(error.getInstanceLocation());
				if (alternatives.isMeant(path, location)) {
					add(error, alternatives.isRequired(path), location, unknown, violations);
				}
			}
			if (found.isFull()) {
				if (violations.isEmpty()) {
					// The mistakes that count come later.
					throw new TooMuchWorkException("type");
				}
				violations.more();
			}
		}

		/**
		 * The work is bounded: with alternatives within alternatives, or a type that
		 * holds itself, it may double with each level of the values.
		 */
		private static void errors(Schema schema, JsonNode tree, FirstErrors found) {
			long steps = STEPS + STEPS_OF_EACH * UniqueElements.count(tree);
			found.executionConfig((config) -> config.locale(Locale.ENGLISH)
				.formatAssertionsEnabled(true)
				.maxEvaluationSteps(steps)
				.maxEvaluationDepth(DEPTH));
			try {
				PatternWork.within(() -> schema.validate(found, tree, OutputFormat.DEFAULT));
			}
			catch (FirstErrors.FullException ex) {
				logger.trace("A value has more mistakes than anybody reads", ex);
			}
			catch (ValidationLimitExceededException ex) {
				if (ex.getLimitKind() == ValidationLimitExceededException.LimitKind.EVALUATION_DEPTH
						&& !isDeep(tree, DEEP)) {
					throw endless();
				}
				throw new TooMuchWorkException("type");
			}
			catch (BoundedPatterns.TooManyLooksException ex) {
				throw new TooMuchWorkException("pattern");
			}
			catch (StackOverflowError ex) {
				// The library has patterns of its own for some formats.
				throw new TooMuchWorkException("format");
			}
		}

		/** Whether values have more levels than a number. */
		private static boolean isDeep(JsonNode tree, int levels) {
			for (JsonNode child : tree) {
				if (levels == 0 || isDeep(child, levels - 1)) {
					return true;
				}
			}
			return false;
		}

		/** A schema that refers to itself, and to nothing else, has no end. */
		private static IllegalStateException endless() {
			return new IllegalStateException("The schema has no end");
		}

		/** The validator knows fewer addresses than there are. */
		private static void add(Error error, boolean required, List<String> location, String unknown,
				Violations violations) {
			String pointer = pointer(location);
			String property = error.getProperty();
			if (property != null && !property.isEmpty()) {
				pointer = Violations.step(pointer, property);
			}
			// A null property that must be there counts as absent.
			if (required && error.getInstanceNode() != null && error.getInstanceNode().isNull()) {
				violations.add(pointer, "required", "This value is required.");
				return;
			}
			violations.add(pointer, error.getKeyword(), () -> message(error, property, unknown));
		}

		private static String message(Error error, @Nullable String property, String unknown) {
			if (property != null && error.getKeyword().equals("required")) {
				return "This value is required.";
			}
			if (property != null && error.getKeyword().equals("additionalProperties")) {
				return unknown;
			}
			String message = error.getMessage();
			String location = error.getInstanceLocation().toString() + ": ";
			return message.startsWith(location) ? message.substring(location.length()) : message;
		}

		private static List<String> steps(NodePath path) {
			List<String> steps = new ArrayList<>();
			for (int i = 0; i < path.getNameCount(); i++) {
				steps.add(String.valueOf(path.getElement(i)));
			}
			return steps;
		}

		private static String pointer(List<String> steps) {
			String pointer = "";
			for (String step : steps) {
				pointer = Violations.step(pointer, step);
			}
			return pointer;
		}

	}

}
