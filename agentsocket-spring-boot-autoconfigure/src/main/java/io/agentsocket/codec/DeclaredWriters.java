package io.agentsocket.codec;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.agentsocket.codec.declared.WrittenNulls;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectWriter;

/**
 * Writers for the values of one declared type. A container and a polymorphic type are
 * written as declared. A value of a subclass of any other type is written with all that
 * the subclass has, as it would be in a property of the declared type.
 */
final class DeclaredWriters {

	/** Subclasses beyond this number are written without a cached writer. */
	private static final int CACHED = 64;

	private final ObjectMapper mapper;

	/** Writes results as their classes are, but without misplaced nulls. */
	private final ObjectWriter untyped;

	private final JavaType type;

	/** Writes values of exactly this class. */
	private final Class<?> raw;

	private final ObjectWriter declared;

	private final boolean always;

	private final Map<Class<?>, ObjectWriter> subclasses = new ConcurrentHashMap<>();

	DeclaredWriters(ObjectMapper mapper, ObjectWriter untyped, Type declared) {
		this.mapper = mapper;
		this.untyped = untyped.withAttribute(WrittenNulls.CHECKED, true);
		this.type = mapper.constructType(declared);
		this.raw = this.type.getRawClass();
		this.always = this.type.isContainerType() || this.type.isReferenceType() || isPolymorphic(mapper, this.type);
		this.declared = (this.raw != Object.class) ? this.untyped.forType(this.type) : this.untyped;
	}

	private static boolean isPolymorphic(ObjectMapper mapper, JavaType type) {
		return !type.isPrimitive() && mapper._serializationContext().findTypeSerializer(type) != null;
	}

	ObjectWriter of(Class<?> actual) {
		if (actual == this.raw || this.always) {
			return this.declared;
		}
		ObjectWriter known = this.subclasses.get(actual);
		if (known == null) {
			known = create(actual);
			if (this.subclasses.size() < CACHED) {
				this.subclasses.put(actual, known);
			}
		}
		return known;
	}

	private ObjectWriter create(Class<?> actual) {
		if (this.raw == Object.class || !this.raw.isAssignableFrom(actual) || actual.getTypeParameters().length == 0) {
			return this.untyped;
		}
		return this.untyped.forType(this.mapper.getTypeFactory().constructSpecializedType(this.type, actual));
	}

}
