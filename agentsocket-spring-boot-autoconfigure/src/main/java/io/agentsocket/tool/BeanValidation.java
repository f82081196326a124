package io.agentsocket.tool;

import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import io.agentsocket.action.ArgumentMisfit;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.tool.schema.BoundArgument;
import io.agentsocket.tool.schema.Jackson;
import io.agentsocket.tool.schema.Place;
import io.agentsocket.tool.schema.SourceNames;
import io.agentsocket.tool.schema.TooMuchWorkException;
import io.agentsocket.tool.schema.Violations;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.ElementKind;
import jakarta.validation.Path;
import jakarta.validation.Valid;
import jakarta.validation.ValidationException;
import jakarta.validation.Validator;
import jakarta.validation.constraints.Size;
import jakarta.validation.metadata.MethodDescriptor;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.introspect.BeanPropertyDefinition;
import tools.jackson.databind.util.NameTransformer;

import org.springframework.aop.framework.AopProxyUtils;

/**
 * Checks the constraints of Jakarta Bean Validation on parameters, and on their elements.
 */
final class BeanValidation {

	private static final String TOO_MANY = "Very many values do not fit.";

	private final Validator validator;

	private final ObjectMapper mapper;

	private final Method method;

	private final Map<Integer, BoundArgument> arguments;

	private final boolean parameters;

	private final @Nullable BoundArgument whole;

	private final boolean unchecked;

	private final Map<JavaType, Set<String>> names = new ConcurrentHashMap<>();

	private final Map<Property, Told> properties = new ConcurrentHashMap<>();

	private BeanValidation(Validator validator, ObjectMapper mapper, Method method,
			Map<Integer, BoundArgument> arguments, boolean parameters, @Nullable BoundArgument whole,
			boolean unchecked) {
		this.validator = validator;
		this.mapper = mapper;
		this.method = method;
		this.arguments = arguments;
		this.parameters = parameters;
		this.whole = whole;
		this.unchecked = unchecked;
	}

	/**
	 * The checks that a method needs. A record or bean that takes all arguments is
	 * checked with or without {@code @Valid}.
	 * @param validator the validator
	 * @param mapper knows the names of properties
	 * @param type class of the bean
	 * @param method its method
	 * @param arguments parameters that come from the caller
	 * @return the checks, or {@code null} when there are no constraints
	 */
	static @Nullable BeanValidation of(Validator validator, ObjectMapper mapper, Class<?> type, Method method,
			List<BoundArgument> arguments) {
		MethodDescriptor descriptor = descriptor(validator, type, method);
		boolean parameters = (descriptor != null && descriptor.hasConstrainedParameters())
				|| Arrays.stream(method.getAnnotatedParameterTypes())
					.anyMatch(UncheckedConstraints::hasConstrainedElements);
		BoundArgument whole = null;
		Map<Integer, BoundArgument> byIndex = new HashMap<>();
		for (BoundArgument argument : arguments) {
			byIndex.put(argument.index(), argument);
			boolean cascaded = descriptor != null
					&& descriptor.getParameterDescriptors().get(argument.index()).isCascaded();
			if (argument.isWhole() && !cascaded && isConstrained(validator, mapper, argument.type())) {
				whole = argument;
			}
		}
		if (Modifier.isStatic(method.getModifiers())) {
			// The validator looks at methods of objects only: see StaticConstraints.
			parameters = false;
		}
		boolean unchecked = Modifier.isStatic(method.getModifiers())
				|| UncheckedConstraints.isIn(validator, mapper, descriptor, arguments);
		return (parameters || whole != null || unchecked)
				? new BeanValidation(validator, mapper, method, byIndex, parameters, whole, unchecked) : null;
	}

	/**
	 * A validator that sees the items of streams, as far as it can be taught.
	 * @param validator a validator of Jakarta Bean Validation
	 * @return the same otherwise
	 */
	static Object withStreams(Object validator) {
		return StreamItems.known((Validator) validator);
	}

	private static @Nullable MethodDescriptor descriptor(Validator validator, Class<?> type, Method method) {
		try {
			return validator.getConstraintsForClass(type)
				.getConstraintsForMethod(method.getName(), method.getParameterTypes());
		}
		catch (ValidationException ex) {
			throw new UncheckableConstraintException(String.valueOf(ex.getMessage()), ex);
		}
	}

	/**
	 * The checks of items that callers send.
	 * @param validator a validator of Jakarta Bean Validation
	 * @param mapper knows the names of properties
	 * @return checks for items whose type has constraints, in itself or in its place
	 */
	static ItemChecks ofItems(Object validator, ObjectMapper mapper) {
		Validator known = (Validator) validator;
		return (bean, parameter, type) -> {
			JavaType item = mapper.constructType(type);
			boolean constrained = isConstrained(known, mapper, item);
			boolean inPlace = UncheckedConstraints.hasConstrainedElements(
					parameter.getExecutable().getAnnotatedParameterTypes()[parameter.getParameterIndex()]);
			if (!constrained && !inPlace) {
				return null;
			}
			BoundArgument whole = new BoundArgument(parameter, "", item, true, null, null, false);
			BeanValidation validation = new BeanValidation(known, mapper, Objects.requireNonNull(parameter.getMethod()),
					Map.of(whole.index(), whole), inPlace, constrained ? whole : null, false);
			return (value) -> validation.checkItem(bean, whole.index(), value);
		};
	}

	private void checkItem(Supplier<Object> bean, int index, Object item) {
		Violations violations = new Violations();
		run(() -> checkItem(bean, index, item, violations), violations);
		if (!violations.isEmpty()) {
			throw ArgumentMisfit.ofItem(violations.list());
		}
	}

	private void checkItem(Supplier<Object> bean, int index, Object item, Violations violations) {
		// An item is not kept as it was sent.
		SentKeys keys = new SentKeys(this.mapper, () -> null);
		if (this.parameters) {
			@Nullable Object[] values = new Object[this.method.getParameterCount()];
			values[index] = StreamItems.of(item);
			Object target = bean.get();
			checkParameters(target, BeanMethod.invocable(target, this.method), values, keys, violations);
		}
		if (this.whole != null) {
			checkWhole(item, keys, violations);
		}
	}

	/** Whether a type or one that a value of it may have is constrained. */
	private static boolean isConstrained(Validator validator, ObjectMapper mapper, JavaType type) {
		return validator.getConstraintsForClass(type.getRawClass()).isBeanConstrained()
				|| Jackson.subtypes(mapper, type)
					.stream()
					.anyMatch((subtype) -> isConstrained(validator, mapper, subtype));
	}

	/**
	 * Whether types of the arguments have constraints that are published and that no
	 * {@code @Valid} leads to: then the schema has to be checked as well.
	 */
	boolean needsSchema() {
		return this.unchecked;
	}

	/**
	 * Add violations of constraints that are not reported yet.
	 * @param target the bean
	 * @param values the parameters, {@code null} where binding failed
	 * @param sent gives the arguments as they were sent, for the names of keys
	 * @param violations gets it
	 */
	void check(BeanMethod target, @Nullable Object[] values, Supplier<? extends @Nullable JsonNode> sent,
			Violations violations) {
		run(() -> checkAll(target, values, sent, violations), violations);
	}

	/**
	 * The answer to a call whose arguments the proxy of the bean has refused.
	 * @param failure what the call threw
	 * @param values its parameters
	 * @param sent gives the arguments as they were sent, for the names of keys
	 * @return INVALID_ARGUMENT, or {@code null} when the exception is about anything else
	 */
	@Nullable ActionException refusal(RuntimeException failure, @Nullable Object[] values,
			Supplier<? extends @Nullable JsonNode> sent) {
		SentKeys keys = new SentKeys(this.mapper, sent);
		Violations violations = new Violations();
		ProxyViolations.of(failure, this.method, values)
			.forEach((violation) -> add(violation, Place.ROOT, null, keys, violations));
		// Nobody knows what advice around the check has done.
		return violations.isEmpty() ? null : violations.toException().mayHaveRun().withCause(failure);
	}

	private static void run(Runnable validation, Violations violations) {
		try {
			if (!BoundedMistakes.run(validation)) {
				violations.add("", "value", TOO_MANY);
			}
		}
		catch (TooMuchWorkException ex) {
			ex.addTo(violations);
		}
	}

	private void checkAll(BeanMethod target, @Nullable Object[] values, Supplier<? extends @Nullable JsonNode> sent,
			Violations violations) {
		SentKeys keys = new SentKeys(this.mapper, sent);
		if (this.parameters) {
			checkParameters(target.bean(), target.method(), values, keys, violations);
		}
		if (Modifier.isStatic(this.method.getModifiers())) {
			checkCascaded(values, keys, violations);
		}
		Object value = (this.whole != null) ? values[this.whole.index()] : null;
		if (value != null) {
			checkWhole(value, keys, violations);
		}
	}

	private void checkCascaded(@Nullable Object[] values, SentKeys keys, Violations violations) {
		AnnotatedType[] types = this.method.getAnnotatedParameterTypes();
		for (BoundArgument argument : this.arguments.values()) {
			// On a parameter that is an array it is no annotation of the type.
			boolean valid = this.method.getParameters()[argument.index()].isAnnotationPresent(Valid.class);
			if (argument != this.whole && (valid || StaticConstraints.cascades(types[argument.index()]))) {
				StaticConstraints.cascade(values[argument.index()], argument.place(), types[argument.index()], valid,
						(at, key) -> keys.name(at, null, key),
						(value, place) -> this.validator.validate(value)
							.forEach((violation) -> add(violation, place, this.mapper.constructType(value.getClass()),
									keys, violations)));
			}
		}
	}

	private void checkParameters(Object target, Method invocable, @Nullable Object[] values, SentKeys keys,
			Violations violations) {
		Object behind = AopProxyUtils.getSingletonTarget(target);
		// Some methods only the proxy has, as those of repositories.
		boolean has = this.method.getDeclaringClass().isInstance(behind)
				|| invocable.getDeclaringClass().isInstance(behind);
		Object bean = (behind != null && has) ? behind : target;
		Method method = this.method.getDeclaringClass().isInstance(bean) ? this.method : invocable;
		for (ConstraintViolation<Object> violation : this.validator.forExecutables()
			.validateParameters(bean, method, values)) {
			add(violation, Place.ROOT, null, keys, violations);
		}
	}

	private void checkWhole(Object value, SentKeys keys, Violations violations) {
		JavaType type = (this.whole != null) ? this.whole.type() : null;
		for (ConstraintViolation<Object> violation : this.validator.validate(value)) {
			add(violation, Place.ROOT, type, keys, violations);
		}
	}

	private void add(ConstraintViolation<?> violation, Place root, @Nullable JavaType rootType, SentKeys keys,
			Violations violations) {
		Place place = place(violation, root, rootType, keys);
		if (place != null) {
			violations.add(place.pointer(),
					violation.getConstraintDescriptor().getAnnotation().annotationType().getSimpleName(),
					violation.getMessage() + counting(violation));
		}
	}

	/** A schema counts characters, the constraint counts Java's code units. */
	private static String counting(ConstraintViolation<?> violation) {
		boolean size = violation.getConstraintDescriptor().getAnnotation() instanceof Size;
		return (size && violation.getInvalidValue() instanceof CharSequence text
				&& text.chars().anyMatch((unit) -> Character.isSurrogate((char) unit)))
						? " (a character above U+FFFF counts as 2)" : "";
	}

	private @Nullable Place place(ConstraintViolation<?> violation, Place root, @Nullable JavaType rootType,
			SentKeys keys) {
		Path path = violation.getPropertyPath();
		Place place = root;
		JavaType type = rootType;
		NameTransformer names = NameTransformer.NOP;
		for (Path.Node node : path) {
			if (node.getKind() == ElementKind.METHOD || node.getKind() == ElementKind.CROSS_PARAMETER) {
				continue;
			}
			if (node.getKind() == ElementKind.PARAMETER) {
				BoundArgument argument = this.arguments.get(node.as(Path.ParameterNode.class).getParameterIndex());
				if (argument == null) {
					return null;
				}
				place = argument.place();
				type = argument.type();
				continue;
			}
			if (node.isInIterable()) {
				Object key = node.getKey();
				Object step = (key != null) ? keys.name(place, type, key) : node.getIndex();
				place = (step != null) ? place.step(step) : place;
			}
			type = (type != null && type.hasContentType()) ? type.getContentType() : type;
			if (node.getKind() == ElementKind.PROPERTY) {
				Told here = (type != null) ? told(type, node.getName()) : Told.NOTHING;
				Told property = here;
				if (here.type() == null && violation.getLeafBean() != null) {
					// A subtype has it, or a value in a container that the type does not
					// tell.
					property = told(this.mapper.constructType(violation.getLeafBean().getClass()), node.getName());
				}
				if (here.isValue()) {
					// It stands in the place of the object.
					type = property.type();
					continue;
				}
				if (here.unwrapped() != null) {
					// Its properties stand in the place of itself.
					names = NameTransformer.chainedTransformer(names, here.unwrapped());
				}
				else {
					place = place.step(names.transform((property.name() != null) ? property.name() : node.getName()));
					names = NameTransformer.NOP;
				}
				type = property.type();
			}
		}
		return place;
	}

	/**
	 * A value may have hundreds of mistakes, and to describe a type takes long. A
	 * constraint may name what a caller has sent: such names are not kept.
	 */
	private Told told(JavaType type, String name) {
		Set<String> names = this.names.computeIfAbsent(type, (asked) -> SourceNames.of(this.mapper, asked));
		return names.contains(name) ? this.properties.computeIfAbsent(new Property(type, name), this::describe)
				: Told.NOTHING;
	}

	private Told describe(Property asked) {
		JavaType type = asked.type();
		String name = asked.name();
		BeanPropertyDefinition property = Jackson.property(Jackson.describe(this.mapper, type, true), name);
		NameTransformer unwrapped = Jackson.unwrapped(this.mapper, type, name);
		boolean value = Jackson.isValue(this.mapper, type, name);
		return (property != null) ? new Told(property.getName(), property.getPrimaryType(), unwrapped, value)
				: new Told(null, null, unwrapped, value);
	}

	/** How many properties are kept. */
	int size() {
		return this.properties.size();
	}

	/**
	 * A property of a type of the application.
	 *
	 * @param type the type
	 * @param name name in Java
	 */
	private record Property(JavaType type, String name) {
	}

	/**
	 * A property, as Jackson knows it.
	 *
	 * @param name the name that callers send
	 * @param type its type
	 * @param unwrapped changes the names of its own properties, which stand in its place
	 * @param isValue whether it stands in the place of its object
	 */
	private record Told(@Nullable String name, @Nullable JavaType type, @Nullable NameTransformer unwrapped,
			boolean isValue) {

		static final Told NOTHING = new Told(null, null, null, false);

	}

}
