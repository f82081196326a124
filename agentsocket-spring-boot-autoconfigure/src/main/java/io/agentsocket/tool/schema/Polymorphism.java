package io.agentsocket.tool.schema;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Stream;

import com.fasterxml.classmate.ResolvedType;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.github.victools.jsonschema.generator.CustomDefinition;
import com.github.victools.jsonschema.generator.SchemaGenerationContext;
import com.github.victools.jsonschema.generator.impl.SchemaGenerationContextImpl;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationConfig;
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
		List<ResolvedType> subtypes = subtypes(type, annotations, info, context);
		if (ids == null || subtypes.isEmpty() || !isSupported(info)) {
			return new CustomDefinition(this.mapper.createObjectNode(), CustomDefinition.INLINE_DEFINITION,
					CustomDefinition.INCLUDING_ATTRIBUTES);
		}
		Map<Class<?>, List<String>> names = names(subtypes, annotations, info, ids);
		return once(type, () -> definition(type, subtypes, info, names, context), context);
	}

	/**
	 * Make the definition of a type that may hold itself.
	 * @param type the type
	 * @param definition makes it
	 * @param context the generation
	 * @return the definition, or within itself a reference to it
	 */
	CustomDefinition once(ResolvedType type, Supplier<ObjectNode> definition, SchemaGenerationContext context) {
		if (!this.underway.add(type)) {
			return reference(type, context);
		}
		try {
			return new CustomDefinition(definition.get(), CustomDefinition.DefinitionType.STANDARD,
					CustomDefinition.AttributeInclusion.YES);
		}
		finally {
			this.underway.remove(type);
		}
	}

	/**
	 * Whether values may be written in any form: an enum may implement an interface, and
	 * a subclass may be a single value.
	 * @param mapper writes them
	 * @param type a type that does not tell its subtypes apart
	 * @param unknown the answer for types of which nobody knows all subtypes
	 * @return {@code false} if all of them are objects, as far as is known
	 */
	static boolean isAnything(ObjectMapper mapper, JavaType type, boolean unknown) {
		Class<?> raw = type.getRawClass();
		boolean declared = type.isContainerType() || type.isReferenceType() || raw.isPrimitive()
				|| raw == Map.Entry.class;
		if (declared || !type.isAbstract()) {
			return false;
		}
		if (!raw.isSealed()) {
			return unknown;
		}
		return Arrays.stream(raw.getPermittedSubclasses())
			.map(mapper::constructType)
			.anyMatch((subtype) -> subtype.isAbstract() ? isAnything(mapper, subtype, unknown)
					: Jackson.isRow(mapper, subtype) || !HollowTypes.isWrittenAsBean(mapper, subtype));
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
			Map<Class<?>, List<String>> names, SchemaGenerationContext context) {
		List<ObjectNode> alternatives = new ArrayList<>();
		for (ResolvedType subtype : subtypes) {
			List<String> own = Objects.requireNonNull(names.get(subtype.getErasedType()));
			for (String name : isAny(subtype, info) ? own.subList(0, 1) : own) {
				alternatives.add(alternative(name, subtype, subtypes, info, names, context));
			}
		}
		if (alternatives.size() == 1 && subtypes.get(0).getErasedType() == type.getErasedType()) {
			return alternatives.get(0);
		}
		ObjectNode node = this.mapper.createObjectNode();
		node.putArray("anyOf").addAll(alternatives);
		return node;
	}

	/** Whether a subtype is taken for every name that is none of the others. */
	private boolean isAny(ResolvedType subtype, JsonTypeInfo.Value info) {
		return this.read && info.getDefaultImpl() == subtype.getErasedType();
	}

	private static boolean isSupported(JsonTypeInfo.Value info) {
		return info.getIdType() != JsonTypeInfo.Id.CUSTOM
				&& info.getInclusionType() != JsonTypeInfo.As.EXTERNAL_PROPERTY;
	}

	private List<ResolvedType> subtypes(ResolvedType type, AnnotatedClass annotations, JsonTypeInfo.Value info,
			SchemaGenerationContext context) {
		List<ResolvedType> subtypes = new ArrayList<>();
		Stream<? extends Class<?>> known = this.mapper.serializationConfig()
			.getSubtypeResolver()
			.collectAndResolveSubtypesByTypeId(this.mapper.serializationConfig(), annotations)
			.stream()
			.map(NamedType::getType);
		// With names of classes all other classes remain possible.
		boolean named = info.getIdType() != JsonTypeInfo.Id.CLASS && info.getIdType() != JsonTypeInfo.Id.MINIMAL_CLASS;
		Stream.<Class<?>>concat(known, Stream.ofNullable(named ? info.getDefaultImpl() : null))
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

	private ObjectNode alternative(String id, ResolvedType subtype, List<ResolvedType> all, JsonTypeInfo.Value info,
			Map<Class<?>, List<String>> names, SchemaGenerationContext context) {
		ObjectNode plain = this.plain.apply(subtype, context);
		if (info.getIdType() == JsonTypeInfo.Id.DEDUCTION) {
			return plain;
		}
		List<String> others = isAny(subtype, info) ? all.stream()
			.filter((other) -> other.getErasedType() != subtype.getErasedType())
			.flatMap((other) -> Objects.requireNonNull(names.get(other.getErasedType())).stream())
			.toList() : null;
		return switch (info.getInclusionType()) {
			case WRAPPER_OBJECT -> wrapped(id, plain);
			case WRAPPER_ARRAY -> paired(id, plain);
			default -> named(id, others, plain, info);
		};
	}

	/**
	 * For each subtype the name that is written, and after it all others that are read.
	 */
	private Map<Class<?>, List<String>> names(List<ResolvedType> subtypes, AnnotatedClass annotations,
			JsonTypeInfo.Value info, TypeSerializer ids) {
		Map<Class<?>, List<String>> names = new HashMap<>();
		DeserializationConfig config = this.mapper.deserializationConfig();
		boolean several = this.read && info.getIdType() == JsonTypeInfo.Id.NAME;
		Collection<NamedType> known = several
				? config.getSubtypeResolver().collectAndResolveSubtypesByTypeId(config, annotations) : List.of();
		for (ResolvedType subtype : subtypes) {
			Class<?> raw = subtype.getErasedType();
			Set<String> all = new LinkedHashSet<>();
			all.add((info.getIdType() == JsonTypeInfo.Id.DEDUCTION) ? ""
					: ids.getTypeIdResolver().idFromValueAndType(this.mapper._serializationContext(), null, raw));
			known.stream()
				.filter((type) -> type.getType() == raw && type.hasName())
				.forEach((type) -> all.add(type.getName()));
			names.put(raw, List.copyOf(all));
		}
		return names;
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
