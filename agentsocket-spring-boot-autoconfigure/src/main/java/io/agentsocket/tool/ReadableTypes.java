package io.agentsocket.tool;

import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;

import io.agentsocket.tool.schema.ReadTypes;
import io.agentsocket.tool.schema.Readers;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.deser.SettableBeanProperty;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;
import tools.jackson.databind.exc.InvalidDefinitionException;
import tools.jackson.databind.introspect.AnnotatedMember;

import org.springframework.beans.BeanUtils;

/**
 * Looks for types that Jackson cannot read, in the type of a parameter and within it: it
 * finds out only when a value comes.
 */
final class ReadableTypes {

	private final ObjectMapper mapper;

	private final Set<JavaType> seen = new HashSet<>();

	private ReadableTypes(ObjectMapper mapper) {
		this.mapper = mapper;
	}

	/**
	 * Try to read a type, and all that its values hold.
	 * @param mapper reads it
	 * @param type a type
	 * @return what Jackson says of the first one that it cannot read, or {@code null}
	 */
	static @Nullable String mistake(ObjectMapper mapper, JavaType type) {
		return new ReadableTypes(mapper).mistake(type);
	}

	private @Nullable String mistake(JavaType type) {
		boolean simple = type.isPrimitive() || BeanUtils.isSimpleProperty(type.getRawClass()) && !type.isArrayType();
		// An annotation of the property may say what reads its elements.
		boolean told = type.getTypeHandler() != null || type.getValueHandler() != null;
		if (simple || told || !this.seen.add(type)) {
			return null;
		}
		try {
			this.mapper.readerFor(type).readValue(this.mapper.createObjectNode());
		}
		catch (InvalidDefinitionException ex) {
			return ex.getOriginalMessage();
		}
		catch (RuntimeException ex) {
			// it can be read, only not from nothing
		}
		return (type.getContentType() != null) ? mistake(type.getContentType()) : within(type);
	}

	private @Nullable String within(JavaType type) {
		if (type.getRawClass().getName().startsWith("java.")) {
			return null;
		}
		try {
			DeserializationContext context = this.mapper._deserializationContext();
			// Of a polymorphic type it is another one.
			if (Readers.of(this.mapper, type) instanceof BeanDeserializerBase reader) {
				ValueInstantiator creator = reader.getValueInstantiator();
				JavaType delegate = creator.canCreateUsingDelegate() ? creator.getDelegateType(context.getConfig())
						: null;
				return (delegate != null) ? mistake(delegate) : within(reader);
			}
		}
		catch (JacksonException ex) {
			// Its own mistakes are known.
		}
		return null;
	}

	private @Nullable String within(BeanDeserializerBase reader) {
		Iterator<SettableBeanProperty> properties = reader.properties();
		while (properties.hasNext()) {
			SettableBeanProperty property = properties.next();
			String mistake = isReadByJackson(property) ? mistake(property.getType()) : null;
			if (mistake != null) {
				return mistake;
			}
		}
		return null;
	}

	/** Code of the application, or a name of the type in the value, may read it. */
	private boolean isReadByJackson(SettableBeanProperty property) {
		AnnotatedMember member = property.getMember();
		return member != null && !property.isInjectionOnly() && !property.isIgnorable()
				&& !property.hasValueTypeDeserializer() && !ReadTypes.isConverted(this.mapper, member);
	}

}
