package io.agentsocket.codec;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.math.BigDecimal;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.BeanDeserializerBuilder;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.StdValueInstantiator;
import tools.jackson.databind.introspect.AnnotatedConstructor;
import tools.jackson.databind.module.SimpleModule;

/**
 * Calls the constructors of records, and all others that take properties, through a
 * method handle that is prepared once. Jackson prepares one for each value.
 */
final class CreatorModule extends SimpleModule {

	private static final long serialVersionUID = 1L;

	/** More digits behind the point than a number without a fraction needs. */
	private static final int DIGITS = 1000;

	/** Beyond this there is no {@code long}. */
	private static final double LIMIT = 0x1p63;

	CreatorModule() {
		super(CreatorModule.class.getName());
		setDeserializerModifier(new Modifier());
	}

	private static final class Modifier extends ValueDeserializerModifier {

		private static final long serialVersionUID = 1L;

		@Override
		public BeanDeserializerBuilder updateBuilder(DeserializationConfig config, BeanDescription.Supplier description,
				BeanDeserializerBuilder builder) {
			// Annotations of other modules keep their meaning.
			if (builder.getValueInstantiator() instanceof StdValueInstantiator standard
					&& standard.getClass() == StdValueInstantiator.class) {
				if (standard.getWithArgsCreator() instanceof AnnotatedConstructor constructor) {
					builder.setValueInstantiator(new Instantiator(standard, constructor));
				}
				else if (standard.canCreateFromInt() || standard.canCreateFromLong()) {
					builder.setValueInstantiator(new OfIntegers(standard));
				}
			}
			return builder;
		}

	}

	/** Takes each number without a fraction for an integer, however it is written. */
	private static class OfIntegers extends StdValueInstantiator {

		OfIntegers(StdValueInstantiator standard) {
			super(standard);
		}

		@Override
		public @Nullable Object createFromDouble(DeserializationContext context, double value) {
			if (canCreateFromDouble() || canCreateFromBigDecimal() || value != Math.rint(value)) {
				return super.createFromDouble(context, value);
			}
			if (value == (int) value && canCreateFromInt()) {
				return createFromInt(context, (int) value);
			}
			return (canCreateFromLong() && value < LIMIT && value >= -LIMIT) ? createFromLong(context, (long) value)
					: super.createFromDouble(context, value);
		}

		@Override
		public @Nullable Object createFromBigDecimal(DeserializationContext context, BigDecimal value) {
			if (canCreateFromDouble() || canCreateFromBigDecimal()) {
				return super.createFromBigDecimal(context, value);
			}
			double number = value.doubleValue();
			return (value.scale() < DIGITS && value.compareTo(new BigDecimal((long) number)) == 0)
					? createFromDouble(context, number) : super.createFromBigDecimal(context, value);
		}

	}

	private static final class Instantiator extends OfIntegers {

		private final AnnotatedConstructor constructor;

		private @Nullable MethodHandle handle;

		Instantiator(StdValueInstantiator standard, AnnotatedConstructor constructor) {
			super(standard);
			this.constructor = constructor;
		}

		@Override
		public @Nullable Object createFromObjectWith(DeserializationContext context, @Nullable Object[] arguments) {
			try {
				return handle().invokeExact(arguments);
			}
			catch (Exception ex) {
				return context.handleInstantiationProblem(this._valueClass, arguments, rewrapCtorProblem(context, ex));
			}
			catch (Error ex) {
				throw ex;
			}
			catch (Throwable ex) {
				throw new IllegalStateException(ex);
			}
		}

		/** Not before the first value: then Jackson has made it accessible. */
		private MethodHandle handle() throws IllegalAccessException {
			MethodHandle present = this.handle;
			if (present == null) {
				int count = this.constructor.getParameterCount();
				present = MethodHandles.lookup()
					.unreflectConstructor(this.constructor.getAnnotated())
					.asFixedArity()
					.asType(MethodType.genericMethodType(count))
					.asSpreader(Object[].class, count);
				this.handle = present;
			}
			return present;
		}

	}

}
