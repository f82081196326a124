package io.agentsocket.tool;

import java.lang.annotation.Annotation;
import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.Map;
import java.util.WeakHashMap;

import io.agentsocket.codec.declared.SameHashes;
import io.agentsocket.tool.schema.PatternWork;
import io.agentsocket.tool.schema.TooMuchWorkException;
import jakarta.validation.ConstraintValidator;
import jakarta.validation.ConstraintValidatorContext;
import jakarta.validation.ConstraintValidatorFactory;
import jakarta.validation.constraints.Email;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.metadata.ConstraintDescriptor;
import org.hibernate.validator.constraints.UniqueElements;
import org.hibernate.validator.constraintvalidation.HibernateConstraintValidator;
import org.hibernate.validator.constraintvalidation.HibernateConstraintValidatorInitializationContext;
import org.jspecify.annotations.Nullable;

import org.springframework.core.GenericTypeResolver;
import org.springframework.util.ClassUtils;

/**
 * Bounds the work of those constraints that a value can make endless: Hibernate's
 * validator matches texts with the patterns of {@code @Pattern} and {@code @Email} in
 * whatever time that takes, and puts the elements of a list into a set to find those that
 * are equal. All others need a time that grows as the value does.
 */
final class BoundedConstraints implements ConstraintValidatorFactory {

	/** With another validator there are no bounds. */
	private static final boolean HIBERNATE = ClassUtils.isPresent(
			"org.hibernate.validator.constraintvalidation.HibernateConstraintValidator",
			BoundedConstraints.class.getClassLoader());

	/** A validator forgets what it has prepared for one factory when it meets another. */
	private static final Map<ConstraintValidatorFactory, WeakReference<BoundedConstraints>> KNOWN = new WeakHashMap<>();

	private final ConstraintValidatorFactory delegate;

	private BoundedConstraints(ConstraintValidatorFactory delegate) {
		this.delegate = delegate;
	}

	/**
	 * The bounds of what a factory makes.
	 * @param factory makes constraints
	 * @return the same for each validator of that factory
	 */
	static ConstraintValidatorFactory of(ConstraintValidatorFactory factory) {
		if (!HIBERNATE) {
			return factory;
		}
		synchronized (KNOWN) {
			WeakReference<BoundedConstraints> reference = KNOWN.get(factory);
			BoundedConstraints known = (reference != null) ? reference.get() : null;
			if (known == null) {
				known = new BoundedConstraints(factory);
				KNOWN.put(factory, new WeakReference<>(known));
			}
			return known;
		}
	}

	/** A validator wants no more than some validator of the constraint. */
	@Override
	@SuppressWarnings("unchecked")
	public <T extends ConstraintValidator<?, ?>> T getInstance(Class<T> type) {
		T made = this.delegate.getInstance(type);
		Class<?>[] arguments = GenericTypeResolver.resolveTypeArguments(type, ConstraintValidator.class);
		if (made == null || arguments == null) {
			return made;
		}
		boolean matches = arguments[0] == Pattern.class || arguments[0] == Email.class;
		if (matches && arguments[1] == CharSequence.class) {
			return (T) new OfTexts<>((ConstraintValidator<Annotation, CharSequence>) made);
		}
		return (arguments[0] == UniqueElements.class && arguments[1] == Collection.class)
				? (T) new OfElements<>((ConstraintValidator<Annotation, Collection<?>>) made) : made;
	}

	@Override
	public void releaseInstance(ConstraintValidator<?, ?> instance) {
		this.delegate.releaseInstance((instance instanceof Bounded<?, ?> bounded) ? bounded.delegate : instance);
	}

	/** A constraint whose work is bounded. */
	private abstract static class Bounded<A extends Annotation, T> implements HibernateConstraintValidator<A, T> {

		final ConstraintValidator<A, T> delegate;

		Bounded(ConstraintValidator<A, T> delegate) {
			this.delegate = delegate;
		}

		@Override
		public void initialize(ConstraintDescriptor<A> descriptor,
				HibernateConstraintValidatorInitializationContext context) {
			if (this.delegate instanceof HibernateConstraintValidator<A, T> hibernate) {
				hibernate.initialize(descriptor, context);
			}
		}

		@Override
		public void initialize(A constraint) {
			this.delegate.initialize(constraint);
		}

	}

	private static final class OfTexts<A extends Annotation> extends Bounded<A, CharSequence> {

		private int pattern;

		OfTexts(ConstraintValidator<A, CharSequence> delegate) {
			super(delegate);
		}

		@Override
		public void initialize(A constraint) {
			super.initialize(constraint);
			String regexp = (constraint instanceof Pattern text) ? text.regexp()
					: (constraint instanceof Email email) ? email.regexp() : "";
			this.pattern = regexp.length();
		}

		@Override
		public boolean isValid(@Nullable CharSequence value, ConstraintValidatorContext context) {
			if (value == null) {
				return this.delegate.isValid(null, context);
			}
			try {
				return this.delegate.isValid(PatternWork.counted(value, this.pattern), context);
			}
			catch (StackOverflowError ex) {
				throw PatternWork.tooMuch();
			}
		}

	}

	private static final class OfElements<A extends Annotation> extends Bounded<A, Collection<?>> {

		OfElements(ConstraintValidator<A, Collection<?>> delegate) {
			super(delegate);
		}

		@Override
		public boolean isValid(@Nullable Collection<?> value, ConstraintValidatorContext context) {
			if (value != null && SameHashes.areTooMuchWork(value)) {
				throw new TooMuchWorkException("uniqueItems");
			}
			return this.delegate.isValid(value, context);
		}

	}

}
