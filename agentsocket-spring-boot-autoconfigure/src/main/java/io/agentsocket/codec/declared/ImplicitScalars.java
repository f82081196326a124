package io.agentsocket.codec.declared;

import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonCreator;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.deser.BeanDeserializerBuilder;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.ValueInstantiator;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.ser.bean.BeanSerializerBase;

/**
 * Types that are written as objects are read from objects alone: Jackson also takes a
 * text, a number or a boolean where a class has a constructor or a factory method of one
 * parameter, and the properties of the object are then never asked for. An annotation
 * says that it is meant so.
 */
final class ImplicitScalars extends ValueDeserializerModifier {

	private static final long serialVersionUID = 1L;

	private final ObjectMapper mapper;

	/**
	 * Create the modifier.
	 * @param mapper writes the same types
	 */
	ImplicitScalars(ObjectMapper mapper) {
		this.mapper = mapper;
	}

	@Override
	public BeanDeserializerBuilder updateBuilder(DeserializationConfig config, BeanDescription.Supplier description,
			BeanDeserializerBuilder builder) {
		ValueInstantiator instantiator = builder.getValueInstantiator();
		// The message of an exception goes through the creator that takes a text.
		boolean object = !description.getType().isTypeOrSubTypeOf(Throwable.class)
				&& (instantiator.canCreateUsingDefault() || instantiator.canCreateFromObjectWith());
		if (object && instantiator instanceof StdValueInstantiator standard && isOfJackson(standard)
				&& !isMeant(description.get()) && isWrittenAsObject(description.getType())) {
			standard.configureFromStringCreator(null);
			standard.configureFromIntCreator(null);
			standard.configureFromLongCreator(null);
			standard.configureFromBigIntegerCreator(null);
			standard.configureFromDoubleCreator(null);
			standard.configureFromBigDecimalCreator(null);
			standard.configureFromBooleanCreator(null);
		}
		return builder;
	}

	/** Instantiators of the application and of modules decide for themselves. */
	private static boolean isOfJackson(StdValueInstantiator instantiator) {
		return instantiator.getClass() == StdValueInstantiator.class
				|| instantiator.getClass().getName().startsWith("io.agentsocket.codec.");
	}

	private static boolean isMeant(BeanDescription description) {
		return Stream
			.concat(description.getConstructorsWithMode().stream(), description.getFactoryMethodsWithMode().stream())
			.anyMatch((creator) -> creator.metadata != null && creator.metadata != JsonCreator.Mode.PROPERTIES
					&& creator.annotated.getParameterCount() == 1);
	}

	private boolean isWrittenAsObject(JavaType type) {
		try {
			return this.mapper._serializationContext().findValueSerializer(type) instanceof BeanSerializerBase;
		}
		catch (JacksonException ex) {
			// Nobody writes it.
			return false;
		}
	}

}
