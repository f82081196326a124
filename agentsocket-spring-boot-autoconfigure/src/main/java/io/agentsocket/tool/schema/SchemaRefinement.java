package io.agentsocket.tool.schema;

import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.Nulls;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.TypeScope;
import io.agentsocket.codec.TextForm;
import io.agentsocket.codec.declared.KotlinTypes;
import io.agentsocket.codec.declared.Nullability;
import io.agentsocket.codec.declared.RecordRules;
import io.agentsocket.codec.declared.UsedProperties;
import io.agentsocket.codec.declared.WrittenNulls;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.AnnotatedMember;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.Nullness;

/**
 * Adds rules to generated schemas that the generator does not know: properties without a
 * field, formats of single properties, constraints and nullness of elements, and that
 * unknown properties are refused. Nodes of objects carry a mark until then.
 */
final class SchemaRefinement {

	private static final String MARK = "$agentsocket";

	private static final String NUMBER = "^-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$";

	private final ObjectMapper mapper;

	private final boolean read;

	private final boolean closed;

	private final Map<String, JavaType> marked = new ConcurrentHashMap<>();

	/**
	 * Create a refinement.
	 * @param mapper reads or writes the types
	 * @param read whether they are read
	 * @param closed whether unknown properties are refused
	 */
	SchemaRefinement(ObjectMapper mapper, boolean read, boolean closed) {
		this.mapper = mapper;
		this.read = read;
		this.closed = closed;
	}

	/** Called by the generator for each type; its children may be made later. */
	void mark(ObjectNode node, TypeScope scope, SchemaGenerationContext context) {
		Class<?> raw = scope.getType().getErasedType();
		if (raw.isPrimitive() && !this.read) {
			NullSchemas.markSure(node);
			return;
		}
		JavaType type = Jackson.javaType(this.mapper, scope.getType());
		if (!node.path("type").asString("").equals("object") || type.isContainerType() || type.isReferenceType()
				|| raw.getName().startsWith("java.") || JsonNode.class.isAssignableFrom(raw) || node.has(MARK)
				|| Jackson.hasUnwrapped(this.mapper, type)) {
			return;
		}
		for (BeanPropertyDefinition property : Jackson.properties(this.mapper, type, this.read)) {
			boolean used = this.read ? property.couldDeserialize() : property.couldSerialize();
			if (used && !node.withObject("/properties").has(property.getName())) {
				JavaType other = this.read ? ReadTypes.of(this.mapper, property) : property.getPrimaryType();
				node.withObject("/properties")
					.set(property.getName(), context
						.createDefinitionReference(context.getTypeContext().resolve(Jackson.reflected(other))));
			}
		}
		String mark = type.toCanonical();
		this.marked.put(mark, type);
		node.put(MARK, mark);
	}

	/**
	 * Complete a generated schema.
	 * @param node the schema, or a part of it
	 * @param result whether it is that of a result as a whole: MCP asks whether it is an
	 * object, and an interface is taken for one where no other subtype is known
	 */
	void complete(JsonNode node, boolean result) {
		if (node instanceof ObjectNode object) {
			JsonNode mark = object.remove(MARK);
			JavaType type = (mark != null) ? this.marked.get(mark.asString()) : null;
			if (type != null) {
				completeObject(object, type, result);
			}
			for (Map.Entry<String, JsonNode> property : new ArrayList<>(object.properties())) {
				complete(property.getValue(), false);
			}
			NullSchemas.mergeNull(object);
		}
		else if (node instanceof ArrayNode array) {
			array.forEach((element) -> complete(element, false));
		}
	}

	private void completeObject(ObjectNode object, JavaType type, boolean result) {
		if (this.closed && !object.has("additionalProperties") && !Jackson.isOpen(this.mapper, type)) {
			object.put("additionalProperties", false);
		}
		BeanDescription description = Jackson.describe(this.mapper, type, this.read);
		BeanDescription reader = this.read ? UsedProperties.reader(this.mapper.deserializationConfig(), type)
				: description;
		for (BeanPropertyDefinition property : reader.findProperties()) {
			AnnotatedMember member = property.getPrimaryMember();
			if (member != null && object.path("properties").get(property.getName()) instanceof ObjectNode node) {
				completeProperty(node, reader.getType(), property, member);
			}
		}
		ExternalNames.add(this.mapper, reader, this.read, object);
		if (reader.getBeanClass() != description.getBeanClass()) {
			constrainBuilt(object, description);
		}
		if (this.read) {
			CreatorParameters.require(this.mapper, description, object);
			new LenientProperties(this.mapper).addTo(object, type, description);
		}
		if (object.get("properties") instanceof ObjectNode properties && properties.isEmpty()) {
			object.remove("properties");
		}
		if (!this.read && Polymorphism.isAnything(this.mapper, type, !result)) {
			object.remove("type");
		}
	}

	/** A validator looks at the object of a builder, and not at the builder. */
	private void constrainBuilt(ObjectNode object, BeanDescription built) {
		for (BeanPropertyDefinition property : built.findProperties()) {
			AnnotatedMember member = property.getPrimaryMember();
			if (member != null && object.path("properties").get(property.getName()) instanceof ObjectNode node) {
				ConstraintKeywords.add(Jackson.annotations(property, member), NullSchemas.value(node));
				AnnotatedType annotated = Nullability.type(member);
				if (annotated != null) {
					elements(annotated, node);
				}
			}
		}
	}

	private void completeProperty(ObjectNode node, JavaType type, BeanPropertyDefinition property,
			AnnotatedMember member) {
		if (member.hasAnnotation(JsonTypeInfo.class)) {
			// Polymorphic in this place only: any alternative.
			node.removeAll();
			return;
		}
		if (!new PlacedProperties(this.mapper, member, this.read).describe(property.getPrimaryType(), node)) {
			// In this place the value has other properties than its type.
			node.retain("type");
			return;
		}
		String own = Jackson.written(this.mapper, type, property.getName());
		if (Replacements.isConverted(this.mapper, member, this.read)) {
			Replacements.describe(this.mapper, node, own, property, member, this.read);
			allowed(node, type, property, member);
			return;
		}
		JsonFormat.Value format = this.mapper.deserializationConfig()
			.getAnnotationIntrospector()
			.findFormat(this.mapper.deserializationConfig(), member);
		boolean formatted = format != null && (format.hasPattern() || format.hasShape());
		ObjectNode value = NullSchemas.value(node);
		String written = (formatted || !this.read) ? own : null;
		if (written != null && !value.has("$ref") && !value.has("enum") && !value.has("anyOf")
				&& (formatted || !written.equals(value.path("type").asString(written)))) {
			value.remove(List.of("format", "pattern", "examples", "minimum", "maximum", "minLength", "maxLength"));
			value.put("type", written);
			if (formatted && format.hasPattern()) {
				DatePatterns.describe(format, value);
			}
			else if (this.read && written.equals("string") && Jackson.isNumber(property.getPrimaryType())) {
				value.put("pattern", NUMBER);
			}
		}
		if (formatted && TextForm.of(property.getPrimaryType().getRawClass()) != null
				&& (format.getShape().isNumeric() || format.getShape() == JsonFormat.Shape.ARRAY)) {
			ShapedValues.time(value, format, this.read);
		}
		if (formatted && ShapedValues.isFlag(property.getPrimaryType())) {
			ShapedValues.flag(value, format);
		}
		if (written != null && formatted && value.has("enum") && written.equals("integer")) {
			value.removeAll();
			value.put("type", "integer");
		}
		if (formatted) {
			formatElements(property.getPrimaryType(), format, node);
		}
		ConstraintKeywords.add(Jackson.annotations(property, member), value);
		AnnotatedType annotated = Nullability.type(member);
		if (annotated != null) {
			boolean checked = type.isRecordType() && WrittenNulls.elements(member) != null;
			elements(annotated, node, checked && Nullability.isMarked(member.getMember()), checked);
		}
		ElementConstraints.add(type.getRawClass(), property, node);
		if (KotlinTypes.isKotlin(type.getRawClass())) {
			kotlinElements(property.getPrimaryType(), KotlinTypes.nullableElements(type.getRawClass(),
					property.getInternalName(), property.getPrimaryType()), node);
		}
		if (this.read) {
			completeRead(node, property, format);
		}
		allowed(node, type, property, member);
	}

	private void allowed(ObjectNode node, JavaType type, BeanPropertyDefinition property, AnnotatedMember member) {
		if (isNullable(type, property, member)) {
			NullSchemas.allowNull(node);
		}
		else if (this.read && (node.isEmpty() || node.size() == 1 && node.has("description"))) {
			NullSchemas.allButNull(node);
		}
	}

	/** Jackson gives the elements of a container the format of the property. */
	private void formatElements(JavaType type, JsonFormat.Value format, ObjectNode node) {
		JavaType content = type.getContentType();
		JsonNode element = (content != null) ? element(type, NullSchemas.value(node)) : null;
		if (!(element instanceof ObjectNode object) || type.isReferenceType()) {
			return;
		}
		if (content.getContentType() != null) {
			formatElements(content, format, object);
			return;
		}
		ObjectNode value = NullSchemas.value(object);
		boolean time = TextForm.of(content.getRawClass()) != null;
		if (time && (format.hasPattern() || format.getShape() == JsonFormat.Shape.STRING)) {
			value.remove(List.of("format", "pattern", "examples"));
			value.put("type", "string");
			DatePatterns.describe(format, value);
		}
		else if (content.hasRawClass(Boolean.class)) {
			ShapedValues.flag(value, format);
		}
		else if (format.getShape() == JsonFormat.Shape.STRING && Jackson.isNumber(content) && !content.isPrimitive()) {
			value.remove(List.of("minimum", "maximum"));
			value.put("type", "string");
			if (this.read) {
				value.put("pattern", NUMBER);
			}
		}
	}

	/**
	 * Adds the forms that annotations of the property allow: a null, a single element.
	 */
	private static void completeRead(ObjectNode node, BeanPropertyDefinition property,
			JsonFormat.@Nullable Value format) {
		ObjectNode value = NullSchemas.value(node);
		JsonNode element = (property.getPrimaryType().getContentType() != null)
				? element(property.getPrimaryType(), value) : null;
		if (isReplaced(property.getMetadata().getContentNulls()) && element instanceof ObjectNode object) {
			NullSchemas.allowNull(object);
		}
		boolean anyCase = format != null
				&& Boolean.TRUE.equals(format.getFeature(JsonFormat.Feature.ACCEPT_CASE_INSENSITIVE_VALUES));
		if (anyCase && value.has("enum")) {
			value.set("examples", value.remove("enum"));
		}
		boolean single = format != null
				&& Boolean.TRUE.equals(format.getFeature(JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY));
		if (single && value.get("items") instanceof ObjectNode items) {
			ObjectNode array = value.deepCopy();
			value.removeAll();
			value.putArray("anyOf").add(array).add(items.deepCopy());
		}
	}

	private static boolean isReplaced(@Nullable Nulls nulls) {
		return nulls == Nulls.AS_EMPTY || nulls == Nulls.SKIP;
	}

	/** Setters of beans rarely say whether they take {@code null}. */
	private boolean isNullable(JavaType type, BeanPropertyDefinition property, AnnotatedMember member) {
		JavaType value = property.getPrimaryType();
		if (this.read && isReplaced(property.getMetadata().getValueNulls())) {
			return true;
		}
		if (value.isPrimitive() || RecordRules.isOptionalType(value.getRawClass())) {
			return false;
		}
		if (KotlinTypes.isNullable(type.getRawClass(), property.getInternalName())) {
			return true;
		}
		if (!this.read) {
			// Written as it is, wherever nothing excludes it.
			return !RecordRules.excludesNull(member);
		}
		RecordComponent component = RecordRules.component(type.getRawClass(), property.getInternalName());
		if (component != null) {
			return !RecordRules.isRequired(component);
		}
		Nullness nullness = Nullability.of(member);
		return nullness == Nullness.NULLABLE || nullness == Nullness.UNSPECIFIED && !property.isRequired()
				&& !type.isRecordType() && !ConstraintKeywords.excludeNull(Jackson.annotations(property, member))
				&& !ConstraintKeywords.excludeNull(Nullability.element(member)) && (property.getGetter() == null
						|| !ConstraintKeywords.excludeNull(Nullability.element(property.getGetter())));
	}

	/**
	 * Add the constraints and the nullness of the elements of a container.
	 * @param type the container as it is declared
	 * @param node its schema
	 */
	void elements(AnnotatedType type, ObjectNode node) {
		elements(type, node, false, false);
	}

	/**
	 * Add the constraints and the nullness of the elements of a container.
	 * @param type the container as it is declared
	 * @param node its schema
	 * @param marked whether types are not nullable where nothing else is said
	 * @param checked whether no element is written that is {@code null} and must not be
	 */
	void elements(AnnotatedType type, ObjectNode node, boolean marked, boolean checked) {
		elements(type, node, marked, checked, true);
	}

	private void elements(AnnotatedType type, ObjectNode node, boolean marked, boolean checked, boolean validated) {
		ObjectNode container = NullSchemas.value(node);
		if (type instanceof AnnotatedArrayType array) {
			// No validator looks into arrays: a constraint there is one of the array.
			element(array.getAnnotatedGenericComponentType(), container, "items", marked, checked, false);
			return;
		}
		if (!(type instanceof AnnotatedParameterizedType parameterized)) {
			return;
		}
		AnnotatedType[] arguments = parameterized.getAnnotatedActualTypeArguments();
		Class<?> raw = this.mapper.constructType(type.getType()).getRawClass();
		if (Map.class.isAssignableFrom(raw) && arguments.length == 2) {
			element(arguments[0], container, "propertyNames", false, false, validated);
			element(arguments[1], container, "additionalProperties", marked, checked, validated);
		}
		else if (Collection.class.isAssignableFrom(raw) && arguments.length == 1) {
			element(arguments[0], container, "items", marked, checked, validated);
		}
		else if (raw == Optional.class) {
			if (validated) {
				constrain(arguments[0], container);
			}
			elements(arguments[0], container, marked, checked, validated);
		}
	}

	private void element(AnnotatedType type, ObjectNode container, String keyword, boolean marked, boolean checked,
			boolean validated) {
		ObjectNode node = (container.get(keyword) instanceof ObjectNode present) ? present
				: this.mapper.createObjectNode();
		if (keyword.equals("propertyNames")) {
			node.put("type", "string");
		}
		if (validated) {
			constrain(type, node);
		}
		elements(type, node, marked, checked, validated);
		if (Nullability.isNullable(type)) {
			NullSchemas.allowNull(node);
		}
		else if (checked && !this.read && !node.isEmpty() && Nullability.ofElement(type, marked) == Nullness.NON_NULL) {
			NullSchemas.markSure(node);
		}
		if (keyword.equals("propertyNames")) {
			node.remove("type");
		}
		if (!node.isEmpty()) {
			container.set(keyword, node);
		}
	}

	private static void constrain(AnnotatedElement element, ObjectNode node) {
		ObjectNode value = NullSchemas.value(node);
		ConstraintKeywords.add(element, value);
	}

	/**
	 * Allow {@code null} as an element of containers.
	 * @param type a type
	 * @param containers types of containers in it
	 * @param node schema of the type
	 */
	static void allowNull(JavaType type, Set<JavaType> containers, ObjectNode node) {
		if (containers.isEmpty() || type.getContentType() == null) {
			return;
		}
		ObjectNode container = NullSchemas.value(node);
		JsonNode element = element(type, container);
		if (element instanceof ObjectNode object) {
			allowNull(type.getContentType(), containers, object);
			if (containers.contains(type)) {
				NullSchemas.allowNull(object);
			}
		}
	}

	/**
	 * Say which elements may be {@code null}, as Kotlin says it.
	 * @param type a type
	 * @param nullable types of the containers in it whose elements may be {@code null}
	 * @param node schema of the type
	 */
	void kotlinElements(JavaType type, Set<JavaType> nullable, ObjectNode node) {
		allowNull(type, nullable, node);
		if (!this.read) {
			markSure(type, nullable, node);
		}
	}

	private static void markSure(JavaType type, Set<JavaType> nullable, ObjectNode node) {
		JsonNode element = (type.getContentType() != null) ? element(type, NullSchemas.value(node)) : null;
		if (element instanceof ObjectNode object) {
			markSure(type.getContentType(), nullable, object);
			if (!nullable.contains(type) && !object.isEmpty()) {
				NullSchemas.markSure(object);
			}
		}
	}

	private static @Nullable JsonNode element(JavaType type, ObjectNode container) {
		return type.isMapLikeType() ? container.get("additionalProperties")
				: type.isReferenceType() ? container : container.get("items");
	}

}
