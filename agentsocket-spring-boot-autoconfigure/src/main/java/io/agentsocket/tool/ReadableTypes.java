package io.agentsocket.tool;

import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;

import io.agentsocket.tool.schema.CreatorParameters;
import io.agentsocket.tool.schema.ReadTypes;
import io.agentsocket.tool.schema.Readers;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.AbstractDeserializer;
import tools.jackson.databind.deser.SettableBeanProperty;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;
import tools.jackson.databind.deser.bean.BuilderBasedDeserializer;
import tools.jackson.databind.deser.impl.UnsupportedTypeDeserializer;
import tools.jackson.databind.exc.InvalidDefinitionException;
import tools.jackson.databind.introspect.AnnotatedMember;

import org.springframework.beans.BeanUtils;

/**
 * Looks for types that Jackson cannot read, in the type of a parameter and within it, as
 * far as a value must be sent: Jackson finds out only when it comes. A value that may be
 * absent is no mistake, since calls without it work.
 */
final class ReadableTypes {

	private final ObjectMapper mapper;

	private final Set<JavaType> seen = new HashSet<>();

	private ReadableTypes(ObjectMapper mapper) {
		this.mapper = mapper;
	}

	/**
	 * Try to read a type, and look at all that its values must hold. Code of the
	 * application runs for the type itself alone.
	 * @param mapper reads it
	 * @param type a type
	 * @param required whether a value must be sent
	 * @return what Jackson says of the first one that it cannot read, or {@code null}
	 */
	static @Nullable String mistake(ObjectMapper mapper, JavaType type, boolean required) {
		if (isSimple(type)) {
			return null;
		}
		ReadableTypes types = new ReadableTypes(mapper);
		String mistake = types.read(type);
		return (mistake == null && required) ? types.within(type) : mistake;
	}

	private static boolean isSimple(JavaType type) {
		return type.isPrimitive() || BeanUtils.isSimpleProperty(type.getRawClass()) && !type.isArrayType();
	}

	private @Nullable String read(JavaType type) {
		try {
			this.mapper.readerFor(type).readValue(this.mapper.createObjectNode());
		}
		catch (InvalidDefinitionException ex) {
			return ex.getOriginalMessage();
		}
		catch (RuntimeException ex) {
			// it can be read, only not from nothing
		}
		return null;
	}

	private @Nullable String mistake(JavaType type) {
		// An annotation of the property may say what reads its elements.
		boolean told = type.getTypeHandler() != null || type.getValueHandler() != null;
		if (isSimple(type) || told) {
			return null;
		}
		String mistake = null;
		try {
			// It makes no value.
			mistake = isNeverRead(type) ? read(type) : null;
		}
		catch (InvalidDefinitionException ex) {
			mistake = ex.getOriginalMessage();
		}
		catch (JacksonException ex) {
			// known when a value comes
		}
		return (mistake != null) ? mistake : within(type);
	}

	private boolean isNeverRead(JavaType type) {
		ValueDeserializer<?> reader = Readers.of(this.mapper, type);
		return reader instanceof AbstractDeserializer || reader instanceof UnsupportedTypeDeserializer
				|| reader instanceof BeanDeserializerBase bean && !bean.getValueInstantiator().canInstantiate();
	}

	private @Nullable String within(JavaType type) {
		if (!this.seen.add(type)) {
			return null;
		}
		if (type.getContentType() != null) {
			return mistake(type.getContentType());
		}
		if (type.getRawClass().getName().startsWith("java.")) {
			return null;
		}
		try {
			DeserializationContext context = this.mapper._deserializationContext();
			// A polymorphic type has another one.
			if (Readers.of(this.mapper, type) instanceof BeanDeserializerBase reader) {
				ValueInstantiator creator = reader.getValueInstantiator();
				JavaType delegate = creator.canCreateUsingDelegate() ? creator.getDelegateType(context.getConfig())
						: null;
				return (delegate != null) ? mistake(delegate) : within(type, reader);
			}
		}
		catch (JacksonException ex) {
			// Its own mistakes are known.
		}
		return null;
	}

	private @Nullable String within(JavaType type, BeanDeserializerBase reader) {
		if (reader instanceof BuilderBasedDeserializer) {
			// Nobody notices that a setter is not called.
			return null;
		}
		Set<String> needed = CreatorParameters.needed(this.mapper, type);
		Iterator<SettableBeanProperty> properties = reader.properties();
		while (properties.hasNext()) {
			SettableBeanProperty property = properties.next();
			boolean sent = needed.contains(property.getName()) && isReadByJackson(property);
			String mistake = sent ? mistake(property.getType()) : null;
			if (mistake != null) {
				return mistake;
			}
		}
		return null;
	}

	/**
	 * Code of the application, or a name of the type in the value, may read it, and the
	 * mapper may have the value.
	 */
	private boolean isReadByJackson(SettableBeanProperty property) {
		AnnotatedMember member = property.getMember();
		return member != null && property.getInjectableValueId() == null && !property.isIgnorable()
				&& !property.hasValueTypeDeserializer() && !ReadTypes.isConverted(this.mapper, member);
	}

}
