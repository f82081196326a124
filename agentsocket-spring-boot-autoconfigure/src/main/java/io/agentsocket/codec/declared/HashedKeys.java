package io.agentsocket.codec.declared;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanProperty;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.KeyDeserializer;
import tools.jackson.databind.deser.ContextualKeyDeserializer;

/**
 * Refuses maps with too many different keys of one hash: see {@link SameHashes}.
 */
public final class HashedKeys extends KeyDeserializer implements ContextualKeyDeserializer {

	/** Attribute of a reading: all maps in a value share the work. */
	private static final Object WORK = new Object();

	private final KeyDeserializer delegate;

	private final Class<?> type;

	private HashedKeys(KeyDeserializer delegate, Class<?> type) {
		this.delegate = delegate;
		this.type = type;
	}

	/**
	 * A deserializer of keys that counts them.
	 * @param delegate reads them
	 * @param type their class
	 * @return the same when nobody can choose their hashes, or these do not matter
	 */
	public static KeyDeserializer of(KeyDeserializer delegate, Class<?> type) {
		// Where nothing is said of keys, they are texts.
		boolean texts = type.isAssignableFrom(String.class);
		return (texts || SameHashes.areHarmless(type)) ? delegate : new HashedKeys(delegate, type);
	}

	@Override
	public KeyDeserializer createContextual(DeserializationContext context, @Nullable BeanProperty property) {
		return (this.delegate instanceof ContextualKeyDeserializer contextual)
				? new HashedKeys(contextual.createContextual(context, property), this.type) : this;
	}

	@Override
	public @Nullable Object deserializeKey(String key, DeserializationContext context) {
		Object value = this.delegate.deserializeKey(key, context);
		if (SameHashes.of(context, WORK).exceeds(value)) {
			throw new SameHashException(context, this.type);
		}
		return value;
	}

}
