package io.agentsocket.tool.schema;

import java.util.Set;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.declared.ValueRules;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ValueDeserializer;

/**
 * The deserializers that read values in the end, behind those that only look at them.
 */
public final class Readers {

	private static final Set<String> OWN = Set.of(Codec.class.getPackageName(), ValueRules.class.getPackageName());

	private Readers() {
	}

	/**
	 * Find what reads a type.
	 * @param mapper reads it
	 * @param type a type
	 * @return what Jackson, a module of it or the application has for it
	 */
	public static ValueDeserializer<?> of(ObjectMapper mapper, JavaType type) {
		ValueDeserializer<?> reader = mapper._deserializationContext().findRootValueDeserializer(type);
		while (isOwn(reader) && reader.getDelegatee() != null) {
			reader = reader.getDelegatee();
		}
		return reader;
	}

	/**
	 * Whether something looks at a value before or after Jackson does.
	 * @param code reads or writes a value
	 */
	static boolean isOwn(Object code) {
		return OWN.contains(code.getClass().getPackageName());
	}

}
