package io.agentsocket.codec.declared;

import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.SerializationConfig;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.bean.BeanDeserializer;
import tools.jackson.databind.deser.bean.BeanDeserializerBase;
import tools.jackson.databind.deser.bean.BeanPropertyMap;
import tools.jackson.databind.deser.bean.BuilderBasedDeserializer;
import tools.jackson.databind.deser.bean.PropertyBasedCreator;
import tools.jackson.databind.deser.impl.ObjectIdReader;
import tools.jackson.databind.deser.impl.UnwrappedPropertyHandler;
import tools.jackson.databind.exc.IgnoredPropertyException;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.util.IgnorePropertiesUtil;
import tools.jackson.databind.util.NameTransformer;

/**
 * Refuses properties that a type tells Jackson to ignore, as it refuses unknown ones:
 * their sender believes that they count. Properties that the type writes and does not
 * read may come back, and so may all others of a type that ignores unknown ones.
 */
final class IgnoredNames extends ValueDeserializerModifier {

	private static final long serialVersionUID = 1L;

	private final SerializationConfig writing;

	/**
	 * Create a modifier.
	 * @param writing how the same types are written
	 */
	IgnoredNames(SerializationConfig writing) {
		this.writing = writing;
	}

	@Override
	public ValueDeserializer<?> modifyDeserializer(DeserializationConfig config, BeanDescription.Supplier description,
			ValueDeserializer<?> deserializer) {
		if (deserializer.getClass() == BeanDeserializer.class) {
			return new Closed((BeanDeserializer) deserializer, written(description.getType()),
					typeName(config, description));
		}
		return (deserializer.getClass() == BuilderBasedDeserializer.class) ? new ClosedBuilder(
				(BuilderBasedDeserializer) deserializer, this::written, typeName(config, description)) : deserializer;
	}

	/**
	 * The property with the name of a subtype, where Jackson shows it to the subtype: the
	 * sender has to give it, whether the subtype has a use for it or not.
	 */
	private static @Nullable String typeName(DeserializationConfig config, BeanDescription.Supplier description) {
		JsonTypeInfo.Value info = config.getAnnotationIntrospector()
			.findPolymorphicTypeInfo(config, description.getClassInfo());
		if (info == null || !info.getIdVisible()) {
			return null;
		}
		String name = info.getPropertyName();
		return (name == null || name.isEmpty()) ? info.getIdType().getDefaultPropertyName() : name;
	}

	/** Names of the properties that a type writes. */
	private Set<String> written(JavaType type) {
		return UsedProperties.of(this.writing, type)
			.stream()
			.filter(BeanPropertyDefinition::couldSerialize)
			.map(BeanPropertyDefinition::getName)
			.collect(Collectors.toSet());
	}

	/** A name that is ignored in one place only is not written there either. */
	private static Set<String> placed(Set<String> written, @Nullable Set<String> everywhere,
			@Nullable Set<String> onlyEverywhere, @Nullable Set<String> here, @Nullable Set<String> onlyHere) {
		return written.stream()
			.filter((name) -> IgnorePropertiesUtil.shouldIgnore(name, everywhere, onlyEverywhere)
					|| !IgnorePropertiesUtil.shouldIgnore(name, here, onlyHere))
			.collect(Collectors.toSet());
	}

	/** Jackson's own, but for the ignored names. Immutable, as that is. */
	private static final class Closed extends BeanDeserializer {

		private final Set<String> written;

		private final @Nullable String typeName;

		Closed(BeanDeserializer source, Set<String> written, @Nullable String typeName) {
			super(source);
			this.written = written;
			this.typeName = typeName;
		}

		private Closed(Closed source, boolean ignoreUnknown) {
			super(source, ignoreUnknown);
			this.written = source.written;
			this.typeName = source.typeName;
		}

		private Closed(Closed source, UnwrappedPropertyHandler unwrapped, PropertyBasedCreator creator,
				BeanPropertyMap properties) {
			super(source, unwrapped, creator, properties, true);
			this.written = source.written;
			this.typeName = source.typeName;
		}

		private Closed(Closed source, ObjectIdReader reader) {
			super(source, reader);
			this.written = source.written;
			this.typeName = source.typeName;
		}

		private Closed(Closed source, Set<String> ignored, Set<String> included) {
			super(source, ignored, included);
			this.written = placed(source.written, source._ignorableProps, source._includableProps, ignored, included);
			this.typeName = source.typeName;
		}

		private Closed(Closed source, BeanPropertyMap properties) {
			super(source, properties);
			this.written = source.written;
			this.typeName = source.typeName;
		}

		@Override
		protected void handleUnknownProperty(JsonParser parser, DeserializationContext context, Object beanOrClass,
				String name) {
			if (name.equals(this.typeName)) {
				parser.skipChildren();
				return;
			}
			super.handleUnknownProperty(parser, context, beanOrClass, name);
		}

		@Override
		protected void handleIgnoredProperty(JsonParser parser, DeserializationContext context, Object beanOrClass,
				String name) {
			if (!this._ignoreAllUnknown && !this.written.contains(name)) {
				throw IgnoredPropertyException.from(parser, beanOrClass, name, getKnownPropertyNames());
			}
			super.handleIgnoredProperty(parser, context, beanOrClass, name);
		}

		@Override
		public ValueDeserializer<Object> unwrappingDeserializer(DeserializationContext context,
				NameTransformer transformer) {
			// Jackson does it for its own class only, and ends circles in this way.
			if (this._currentlyTransforming == transformer) {
				return this;
			}
			this._currentlyTransforming = transformer;
			try {
				UnwrappedPropertyHandler unwrapped = this._unwrappedPropertyHandler;
				PropertyBasedCreator creator = this._propertyBasedCreator;
				return new Closed(this, (unwrapped != null) ? unwrapped.renameAll(context, transformer) : unwrapped,
						(creator != null) ? creator.renameAll(context, transformer) : creator,
						this._beanProperties.renameAll(context, transformer));
			}
			finally {
				this._currentlyTransforming = null;
			}
		}

		@Override
		public BeanDeserializer withObjectIdReader(ObjectIdReader reader) {
			return new Closed(this, reader);
		}

		@Override
		public BeanDeserializer withByNameInclusion(Set<String> ignored, Set<String> included) {
			return new Closed(this, ignored, included);
		}

		@Override
		public BeanDeserializerBase withIgnoreAllUnknown(boolean ignoreUnknown) {
			return new Closed(this, ignoreUnknown);
		}

		@Override
		public BeanDeserializerBase withBeanProperties(BeanPropertyMap properties) {
			return new Closed(this, properties);
		}

	}

	/** The same for a type that is read by way of a builder. */
	private static final class ClosedBuilder extends BuilderBasedDeserializer {

		private final Set<String> written;

		private final @Nullable String typeName;

		ClosedBuilder(BuilderBasedDeserializer source, Function<JavaType, Set<String>> written,
				@Nullable String typeName) {
			super(source);
			// The builder writes nothing.
			this.written = written.apply(this._targetType);
			this.typeName = typeName;
		}

		private ClosedBuilder(ClosedBuilder source, boolean ignoreUnknown) {
			super(source, ignoreUnknown);
			this.written = source.written;
			this.typeName = source.typeName;
		}

		private ClosedBuilder(ClosedBuilder source, UnwrappedPropertyHandler unwrapped, PropertyBasedCreator creator,
				BeanPropertyMap properties) {
			super(source, unwrapped, creator, properties, true);
			this.written = source.written;
			this.typeName = source.typeName;
		}

		private ClosedBuilder(ClosedBuilder source, ObjectIdReader reader) {
			super(source, reader);
			this.written = source.written;
			this.typeName = source.typeName;
		}

		private ClosedBuilder(ClosedBuilder source, Set<String> ignored, Set<String> included) {
			super(source, ignored, included);
			this.written = placed(source.written, source._ignorableProps, source._includableProps, ignored, included);
			this.typeName = source.typeName;
		}

		private ClosedBuilder(ClosedBuilder source, BeanPropertyMap properties) {
			super(source, properties);
			this.written = source.written;
			this.typeName = source.typeName;
		}

		@Override
		protected void handleUnknownProperty(JsonParser parser, DeserializationContext context, Object beanOrClass,
				String name) {
			if (name.equals(this.typeName)) {
				parser.skipChildren();
				return;
			}
			super.handleUnknownProperty(parser, context, beanOrClass, name);
		}

		@Override
		protected void handleIgnoredProperty(JsonParser parser, DeserializationContext context, Object beanOrClass,
				String name) {
			if (!this._ignoreAllUnknown && !this.written.contains(name)) {
				throw IgnoredPropertyException.from(parser, beanOrClass, name, getKnownPropertyNames());
			}
			super.handleIgnoredProperty(parser, context, beanOrClass, name);
		}

		@Override
		public ValueDeserializer<Object> unwrappingDeserializer(DeserializationContext context,
				NameTransformer transformer) {
			UnwrappedPropertyHandler unwrapped = this._unwrappedPropertyHandler;
			PropertyBasedCreator creator = this._propertyBasedCreator;
			return new ClosedBuilder(this, (unwrapped != null) ? unwrapped.renameAll(context, transformer) : unwrapped,
					(creator != null) ? creator.renameAll(context, transformer) : creator,
					this._beanProperties.renameAll(context, transformer));
		}

		@Override
		public BeanDeserializerBase withObjectIdReader(ObjectIdReader reader) {
			return new ClosedBuilder(this, reader);
		}

		@Override
		public BeanDeserializerBase withByNameInclusion(Set<String> ignored, Set<String> included) {
			return new ClosedBuilder(this, ignored, included);
		}

		@Override
		public BeanDeserializerBase withIgnoreAllUnknown(boolean ignoreUnknown) {
			return new ClosedBuilder(this, ignoreUnknown);
		}

		@Override
		public BeanDeserializerBase withBeanProperties(BeanPropertyMap properties) {
			return new ClosedBuilder(this, properties);
		}

	}

}
