package io.agentsocket.codec.declared;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;

import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.NullValueProvider;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.jdk.CollectionDeserializer;
import tools.jackson.databind.jsontype.TypeDeserializer;
import tools.jackson.databind.type.CollectionType;

/**
 * Refuses sets with too many different elements of one hash, before they are sets: see
 * {@link SameHashes}.
 */
final class HashedSets extends ValueDeserializerModifier {

	private static final long serialVersionUID = 1L;

	@Override
	public ValueDeserializer<?> modifyCollectionDeserializer(DeserializationConfig config, CollectionType type,
			BeanDescription.Supplier description, ValueDeserializer<?> deserializer) {
		boolean hashed = HashSet.class.isAssignableFrom(type.getRawClass())
				&& !SameHashes.areHarmless(type.getContentType().getRawClass());
		// Deserializers of the application are left alone.
		return (hashed && deserializer.getClass() == CollectionDeserializer.class)
				? new OfElements((CollectionDeserializer) deserializer) : deserializer;
	}

	private static final class OfElements extends CollectionDeserializer {

		/** Attribute of a reading: all sets in a value share the work. */
		private static final Object WORK = new Object();

		private final CollectionDeserializer source;

		OfElements(CollectionDeserializer source) {
			super(source);
			this.source = source;
		}

		/** It reads what that one does: the form of the elements is known. */
		@Override
		public ValueDeserializer<?> getDelegatee() {
			return this.source;
		}

		@Override
		protected CollectionDeserializer withResolved(ValueDeserializer<?> delegate, ValueDeserializer<?> elements,
				TypeDeserializer elementType, NullValueProvider nulls, Boolean single) {
			return new OfElements(super.withResolved(delegate, elements, elementType, nulls, single));
		}

		@Override
		protected Collection<Object> _deserializeFromArray(JsonParser parser, DeserializationContext context,
				Collection<Object> result) {
			if (this._valueDeserializer.getObjectIdReader(context) != null) {
				// References to later elements are resolved in the set itself.
				return super._deserializeFromArray(parser, context, result);
			}
			List<Object> elements = new ArrayList<>();
			super._deserializeFromArray(parser, context, elements);
			if (SameHashes.of(context, WORK).exceeds(elements)) {
				throw new SameHashException(context, handledType());
			}
			result.addAll(elements);
			return result;
		}

	}

}
