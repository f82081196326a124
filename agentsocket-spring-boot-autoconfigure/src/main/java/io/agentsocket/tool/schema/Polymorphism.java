package io.agentsocket.tool.schema;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.impl.SchemaGenerationContextImpl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.jsontype.NamedType;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Schemas of polymorphic types: one alternative for each subtype that Jackson knows, with
 * the property that names it.
 */
final class Polymorphism {

	private final ObjectMapper mapper;

	private final boolean read;

	private final BiFunction<ResolvedType, SchemaGenerationContext, ObjectNode> plain;

	/** Types whose definition is being made: one of their subtypes may hold them. */
	private final Set<ResolvedType> underway = new HashSet<>();

	/**
	 * Create the definitions.
	 * @param mapper reads or writes the types
	 * @param read whether they are read
	 * @param plain gives the schema of a class without the property that tells it from
	 * other subtypes, which may be changed
	 */
	Polymorphism(ObjectMapper mapper, boolean read,
			BiFunction<ResolvedType, SchemaGenerationContext, ObjectNode> plain) {
		this.mapper = mapper;
		this.read = read;
		this.plain = plain;
	}

	@Nullable CustomDefinition definition(ResolvedType type, JavaType javaType, SchemaGenerationContext context) {
		AnnotatedClass annotations = Jackson.describe(this.mapper, javaType, this.read).getClassInfo();
		JsonTypeInfo.Value info = this.mapper.serializationConfig()
			.getAnnotationIntrospector()
			.findPolymorphicTypeInfo(this.mapper.serializationConfig(), annotations);
		if (info == null || info.getIdType() == JsonTypeInfo.Id.NONE) {
			return null;
		}
		TypeSerializer ids = this.mapper._serializationContext().findTypeSerializer(javaType);
		List<ResolvedType> subtypes = subtypes(type, annotations, context);
		if (ids == null || subtypes.isEmpty() || !isSupported(info)) {
			return new CustomDefinition(this.mapper.createObjectNode(), CustomDefinition.INLINE_DEFINITION,
					CustomDefinition.INCLUDING_ATTRIBUTES);
		}
		if (!this.underway.add(type)) {
			return reference(type, context);
		}
		try {
			return new CustomDefinition(definition(type, subtypes, info, ids, context),
					CustomDefinition.DefinitionType.STANDARD, CustomDefinition.AttributeInclusion.YES);
		}
		finally {
			this.underway.remove(type);
		}
	}

	/**
	 * The definition of a type within itself. The generator knows of it only when it is
	 * complete, and sets its address then.
	 */
	private CustomDefinition reference(ResolvedType type, SchemaGenerationContext context) {
		ObjectNode node = this.mapper.createObjectNode();
		ObjectNode address = node.putArray("allOf").addObject();
		if (context instanceof SchemaGenerationContextImpl generation) {
			generation.addReference(type, address, null, false);
		}
		return new CustomDefinition(node, CustomDefinition.INLINE_DEFINITION, CustomDefinition.INCLUDING_ATTRIBUTES);
	}

	private ObjectNode definition(ResolvedType type, List<ResolvedType> subtypes, JsonTypeInfo.Value info,
			TypeSerializer ids, SchemaGenerationContext context) {
		ObjectNode node = this.mapper.createObjectNode();
		if (subtypes.size() == 1 && subtypes.get(0).getErasedType() == type.getErasedType()) {
			node = alternative(subtypes.get(0), List.of(), info, ids, context);
		}
		else {
			ArrayNode alternatives = node.putArray("anyOf");
			for (ResolvedType subtype : subtypes) {
				alternatives.add(alternative(subtype, subtypes, info, ids, context));
			}
		}
		return node;
	}

	private static boolean isSupported(JsonTypeInfo.Value info) {
		return info.getIdType() != JsonTypeInfo.Id.CUSTOM
				&& info.getInclusionType() != JsonTypeInfo.As.EXTERNAL_PROPERTY;
	}

	private List<ResolvedType> subtypes(ResolvedType type, AnnotatedClass annotations,
			SchemaGenerationContext context) {
		List<ResolvedType> subtypes = new ArrayList<>();
		this.mapper.serializationConfig()
			.getSubtypeResolver()
			.collectAndResolveSubtypesByTypeId(this.mapper.serializationConfig(), annotations)
			.stream()
			.map(NamedType::getType)
			.distinct()
			// A subtype inherits the annotation that names its siblings.
			.filter(type.getErasedType()::isAssignableFrom)
			.filter((subtype) -> !this.mapper.constructType(subtype).isAbstract())
			.sorted(Comparator.comparing(Class::getName))
			.forEach((subtype) -> subtypes.add(resolve(type, subtype, context)));
		return subtypes;
	}

	private static ResolvedType resolve(ResolvedType type, Class<?> subtype, SchemaGenerationContext context) {
		if (type.getErasedType() == subtype) {
			return type;
		}
		try {
			return context.getTypeContext().resolveSubtype(type, subtype);
		}
		catch (IllegalArgumentException ex) {
			return context.getTypeContext().resolve(subtype);
		}
	}

	private ObjectNode alternative(ResolvedType subtype, List<ResolvedType> all, JsonTypeInfo.Value info,
			TypeSerializer ids, SchemaGenerationContext context) {
		ObjectNode plain = this.plain.apply(subtype, context);
		if (info.getIdType() == JsonTypeInfo.Id.DEDUCTION) {
			return plain;
		}
		String id = id(subtype, ids);
		boolean isDefault = this.read && info.getDefaultImpl() == subtype.getErasedType();
		List<String> others = isDefault ? all.stream()
			.filter((other) -> other.getErasedType() != subtype.getErasedType())
			.map((other) -> id(other, ids))
			.toList() : null;
		return switch (info.getInclusionType()) {
			case WRAPPER_OBJECT -> wrapped(id, plain);
			case WRAPPER_ARRAY -> paired(id, plain);
			default -> named(id, others, plain, info);
		};
	}

	private String id(ResolvedType subtype, TypeSerializer ids) {
		return ids.getTypeIdResolver()
			.idFromValueAndType(this.mapper._serializationContext(), null, subtype.getErasedType());
	}

	private ObjectNode wrapped(String id, ObjectNode plain) {
		ObjectNode node = this.mapper.createObjectNode().put("type", "object");
		node.putObject("properties").set(id, plain);
		node.putArray("required").add(id);
		return node.put("additionalProperties", false);
	}

	private ObjectNode paired(String id, ObjectNode plain) {
		ObjectNode node = this.mapper.createObjectNode().put("type", "array");
		node.putArray("prefixItems").add(this.mapper.createObjectNode().put("const", id)).add(plain);
		return node.put("minItems", 2).put("maxItems", 2);
	}

	/**
	 * An alternative that a property names.
	 * @param others names of all others, when this one is taken for every name that is
	 * none of them, and without a name
	 */
	private ObjectNode named(String id, @Nullable List<String> others, ObjectNode plain, JsonTypeInfo.Value info) {
		String name = info.getPropertyName();
		name = (name == null || name.isEmpty()) ? info.getIdType().getDefaultPropertyName() : name;
		ObjectNode properties = this.mapper.createObjectNode();
		if (others == null) {
			properties.putObject(name).put("const", id);
		}
		else {
			// A name may be any scalar, which Jackson takes as a text.
			ObjectNode any = properties.putObject(name);
			any.putArray("type").add("string").add("number").add("boolean");
			if (!others.isEmpty()) {
				ArrayNode names = any.putObject("not").putArray("enum");
				others.forEach(names::add);
			}
		}
		if (plain.get("properties") instanceof ObjectNode more) {
			more.remove(name);
			properties.setAll(more);
		}
		ObjectNode node = this.mapper.createObjectNode().put("type", "object");
		node.set("properties", properties);
		ArrayNode required = this.mapper.createArrayNode();
		if (others == null) {
			required.add(name);
		}
		if (plain.get("required") instanceof ArrayNode more) {
			String discriminator = name;
			more.forEach((other) -> {
				if (!other.asString().equals(discriminator)) {
					required.add(other);
				}
			});
		}
		if (!required.isEmpty()) {
			node.set("required", required);
		}
		plain.remove(List.of("type", "properties", "required"));
		node.setAll(plain);
		return node;
	}

}
