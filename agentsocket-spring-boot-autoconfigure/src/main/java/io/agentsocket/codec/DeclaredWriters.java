package io.agentsocket.codec;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

import io.agentsocket.codec.declared.WrittenNulls;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectWriter;

/**
 * Writers for the values of one declared type. A container and a polymorphic type are
 * written as declared. A value of a subclass of any other type is written with all that
 * the subclass has, as it would be in a property of the declared type. A value of another
 * type, such as a map that an interceptor gives in place of a record, is written as it
 * is, also as an element of a container.
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

	/** An element of another class would be written with a name of a type. */
	private final boolean named;

	private final Map<Class<?>, ObjectWriter> subclasses = new ConcurrentHashMap<>();

	DeclaredWriters(ObjectMapper mapper, ObjectWriter untyped, Type declared) {
		this.mapper = mapper;
		this.untyped = untyped.withAttribute(WrittenNulls.CHECKED, true);
		this.type = mapper.constructType(declared);
		this.raw = this.type.getRawClass();
		this.always = this.type.isContainerType() || this.type.isReferenceType() || isPolymorphic(mapper, this.type);
		this.named = isPolymorphicWithin(mapper, this.type.getContentType());
		this.declared = (this.raw != Object.class) ? this.untyped.forType(this.type) : this.untyped;
	}

	private static boolean isPolymorphic(ObjectMapper mapper, JavaType type) {
		return !type.isPrimitive() && mapper._serializationContext().findTypeSerializer(type) != null;
	}

	/** No type is given for elements that there are none of, or that hold themselves. */
	private static boolean isPolymorphicWithin(ObjectMapper mapper, @Nullable JavaType type) {
		return type != null && (isPolymorphic(mapper, type) || isPolymorphicWithin(mapper, type.getContentType()));
	}

	Bytes write(Object value, BiFunction<ObjectWriter, Object, Bytes> output) {
		Object mixed = this.named ? mixed(value) : null;
		if (mixed == null) {
			try {
				return output.apply(of(value), value);
			}
			catch (CodecException ex) {
				// Only what failed is looked through: nobody pays for values that fit.
				mixed = mixed(value);
				if (mixed == null) {
					throw ex;
				}
			}
		}
		return output.apply(this.untyped, mixed);
	}

	private @Nullable Object mixed(Object value) {
		try {
			return MixedElements.of(value, this.type);
		}
		catch (RuntimeException ex) {
			// Its elements cannot be had, as the writer says with the place of the first.
			return null;
		}
	}

	private ObjectWriter of(Object value) {
		Class<?> actual = value.getClass();
		if (actual == this.raw) {
			return this.declared;
		}
		if (this.always) {
			return MixedElements.fits(value, this.raw) ? this.declared : this.untyped;
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
