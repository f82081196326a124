package io.agentsocket.tool.schema;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

import com.github.victools.jsonschema.generator.SchemaBuilder;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.codec.declared.KotlinTypes;
import io.agentsocket.codec.declared.Nullability;
import io.agentsocket.codec.declared.RecordRules;
import io.agentsocket.codec.declared.Strictness;
import io.agentsocket.codec.declared.ValueRules;
import io.agentsocket.method.Types;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.MethodParameter;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.util.function.SingletonSupplier;

/**
 * JSON Schemas (2020-12) of arguments, results and items. Thread-safe.
 */
public final class Schemas {

	private static final String DEFINITIONS = "$defs";

	private final ObjectMapper mapper;

	private final SchemaRefinement inputs;

	private final SchemaRefinement items;

	private final SchemaRefinement outputs;

	private final Supplier<SchemaGenerator> input;

	private final Supplier<SchemaGenerator> item;

	private final Supplier<SchemaGenerator> output;

	/**
	 * Create a source of schemas.
	 * @param mapper writes results
	 * @param argumentMapper reads arguments
	 * @param customizers have the last word
	 */
	public Schemas(ObjectMapper mapper, ObjectMapper argumentMapper,
			List<Consumer<SchemaGeneratorConfigBuilder>> customizers) {
		this.mapper = mapper;
		this.inputs = new SchemaRefinement(argumentMapper, true, true);
		this.input = SingletonSupplier.of(() -> generator(argumentMapper, true, this.inputs, customizers));
		ObjectMapper itemMapper = ValueRules.with(mapper, Strictness.CLOSED);
		this.items = new SchemaRefinement(itemMapper, true, true);
		this.item = SingletonSupplier.of(() -> generator(itemMapper, true, this.items, customizers));
		this.outputs = new SchemaRefinement(mapper, false, false);
		this.output = SingletonSupplier.of(() -> generator(mapper, false, this.outputs, customizers));
	}

	private static SchemaGenerator generator(ObjectMapper mapper, boolean read, SchemaRefinement refinement,
			List<Consumer<SchemaGeneratorConfigBuilder>> customizers) {
		return new SchemaGenerator(SchemaConfiguration.of(mapper, read, refinement, customizers));
	}

	/**
	 * Schema of arguments that are bound by name.
	 * @param arguments the arguments
	 * @param defaults their defaults as JSON, by name
	 * @return schema of an object
	 */
	public synchronized ObjectNode ofArguments(List<BoundArgument> arguments, Map<String, JsonNode> defaults) {
		SchemaBuilder builder = this.input.get().buildMultipleSchemaDefinitions();
		List<ObjectNode> references = new ArrayList<>();
		for (BoundArgument argument : arguments) {
			references.add(builder.createSchemaReference(Types.javaType(argument.parameter())));
		}
		ObjectNode definitions = builder.collectDefinitions(DEFINITIONS);
		ObjectNode schema = this.mapper.createObjectNode().put("type", "object");
		ObjectNode properties = schema.putObject("properties");
		ArrayNode required = this.mapper.createArrayNode();
		for (int i = 0; i < arguments.size(); i++) {
			BoundArgument argument = arguments.get(i);
			ObjectNode property = hasIds(argument) ? Replacements.withoutIds(references.get(i), definitions)
					: references.get(i).deepCopy();
			this.inputs.complete(property, false);
			describe(argument, property);
			JsonNode defaultValue = defaults.get(argument.name());
			if (defaultValue != null) {
				property.set("default", defaultValue);
			}
			properties.set(argument.name(), property);
			if (argument.required()) {
				required.add(argument.name());
			}
		}
		if (!required.isEmpty()) {
			schema.set("required", required);
		}
		schema.put("additionalProperties", false);
		if (definitions != null && !definitions.isEmpty()) {
			this.inputs.complete(definitions, false);
			schema.set(DEFINITIONS, definitions);
		}
		return schema;
	}

	private void describe(BoundArgument argument, ObjectNode property) {
		MethodParameter parameter = argument.parameter();
		AnnotatedType type = argument.annotatedType();
		// They include those of the interfaces that the method implements.
		AnnotatedElement element = AnnotatedElementUtils.forAnnotations(parameter.getParameterAnnotations());
		ConstraintKeywords.add(element, NullSchemas.value(property));
		this.inputs.elements(type, property);
		ElementConstraints.addInherited(parameter, property);
		SchemaRefinement.allowNull(argument.type(),
				KotlinTypes.nullableElements(parameter.getExecutable(), argument.index(), argument.type()), property);
		if (property.isEmpty() && !argument.nullable()) {
			NullSchemas.allButNull(property);
		}
		AgentParam annotation = parameter.getParameterAnnotation(AgentParam.class);
		if (annotation != null && !annotation.description().isEmpty()) {
			property.put("description", annotation.description());
		}
		if (argument.nullable()) {
			NullSchemas.allowNull(property);
		}
		else if (RecordRules.isOptionalType(argument.type().getRawClass())) {
			// With a default of its own, nothing is another value than null.
			NullSchemas.forbidNull(property);
		}
	}

	/**
	 * Schema of a type that takes all arguments.
	 * @param argument the parameter
	 * @param open whether it takes properties that it does not declare
	 * @return schema of an object
	 */
	public synchronized ObjectNode ofAllArguments(BoundArgument argument, boolean open) {
		Type type = Types.javaType(argument.parameter());
		ObjectNode schema = hasIds(argument) ? withoutIds(type) : this.input.get().generateSchema(type);
		schema.remove("$schema");
		this.inputs.complete(schema, false);
		schema.put("type", "object");
		this.inputs.elements(argument.annotatedType(), schema);
		// Without a word on its properties something else is read in its place.
		boolean described = schema.has("properties") || !schema.has("anyOf") && !schema.has("$ref")
				&& !Replacements.isConverted(this.mapper, this.mapper.constructType(argument.type()), true);
		if (!open && described) {
			schema.put("additionalProperties", false);
		}
		return schema;
	}

	/** An id stands for a value within an argument, and not for the argument itself. */
	private boolean hasIds(BoundArgument argument) {
		return Replacements.hasIdentity(this.mapper, this.mapper.constructType(argument.type()), true);
	}

	private ObjectNode withoutIds(Type type) {
		SchemaBuilder builder = this.input.get().buildMultipleSchemaDefinitions();
		ObjectNode reference = builder.createSchemaReference(type);
		ObjectNode definitions = builder.collectDefinitions(DEFINITIONS);
		ObjectNode schema = Replacements.withoutIds(reference, definitions);
		if (!definitions.isEmpty()) {
			schema.set(DEFINITIONS, definitions);
		}
		return schema;
	}

	/**
	 * Schema of the result of a tool.
	 * @param type the value or item
	 * @param annotated the same with its annotations, or {@code null}
	 * @param method the method that returns it
	 * @param item whether the method returns a stream or future of it
	 * @return its schema
	 */
	public synchronized ObjectNode ofResult(Type type, @Nullable AnnotatedType annotated, Method method, boolean item) {
		ObjectNode schema = this.output.get().generateSchema(type);
		schema.remove("$schema");
		this.outputs.complete(schema, true);
		if (KotlinTypes.isKotlin(method.getDeclaringClass())) {
			JavaType javaType = this.mapper.constructType(type);
			this.outputs.kotlinElements(javaType, KotlinTypes.nullableElements(method, item, javaType), schema);
		}
		else if (annotated != null) {
			this.outputs.elements(annotated, schema, Nullability.isMarked(method), true);
		}
		NullSchemas.allowInElements(schema);
		return schema;
	}

	/**
	 * Schema of the answer of a caller.
	 * @param type the answer
	 * @return its schema
	 */
	public ObjectNode ofItem(Type type) {
		return ofItem(type, null);
	}

	/**
	 * Schema of the items that a caller sends while the tool runs.
	 * @param type the item
	 * @param annotated the same with its annotations, or {@code null}
	 * @return its schema
	 */
	public synchronized ObjectNode ofItem(Type type, @Nullable AnnotatedType annotated) {
		ObjectNode schema = this.item.get().generateSchema(type);
		schema.remove("$schema");
		this.items.complete(schema, false);
		if (annotated != null) {
			ConstraintKeywords.add(annotated, NullSchemas.value(schema));
		}
		return schema;
	}

	/**
	 * The form that actions carry.
	 * @param schema a schema
	 * @return maps, lists, texts, numbers and booleans
	 */
	public Map<String, Object> toMap(@Nullable ObjectNode schema) {
		return this.mapper.convertValue(schema,
				this.mapper.getTypeFactory().constructMapType(LinkedHashMap.class, String.class, Object.class));
	}

}
