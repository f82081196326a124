package io.agentsocket.tool;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;

import io.agentsocket.action.AgentExchange;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.codec.declared.RecordRules;
import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.method.Types;
import io.agentsocket.tool.schema.BoundArgument;
import io.agentsocket.tool.schema.Jackson;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

import org.springframework.beans.BeanUtils;
import org.springframework.core.KotlinDetector;
import org.springframework.core.MethodParameter;
import org.springframework.core.Nullness;
import org.springframework.core.ReactiveAdapter;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;

/**
 * Reads the declarations of parameters of tools.
 */
final class ParameterReader {

	private static final int MAX_ARGUMENTS = 63;

	/** Packages whose types tell who somebody is and what he may do. */
	private static final String SECURITY = "org.springframework.security.";

	private static final Map<Class<?>, Object> EMPTY = Map.of(Optional.class, Optional.empty(), OptionalInt.class,
			OptionalInt.empty(), OptionalLong.class, OptionalLong.empty(), OptionalDouble.class,
			OptionalDouble.empty());

	private final ObjectMapper mapper;

	private final ReactiveAdapterRegistry registry;

	private final List<ToolArgumentResolver> resolvers;

	private final ItemChecks itemChecks;

	private final @Nullable ToolDialect<?> dialect;

	ParameterReader(ObjectMapper mapper, ReactiveAdapterRegistry registry, List<ToolArgumentResolver> resolvers,
			ItemChecks itemChecks) {
		this(mapper, registry, List.copyOf(resolvers), itemChecks, null);
	}

	private ParameterReader(ObjectMapper mapper, ReactiveAdapterRegistry registry, List<ToolArgumentResolver> resolvers,
			ItemChecks itemChecks, @Nullable ToolDialect<?> dialect) {
		this.mapper = mapper;
		this.registry = registry;
		this.resolvers = resolvers;
		this.itemChecks = itemChecks;
		this.dialect = dialect;
	}

	/**
	 * The same, for parameters with annotations of another library.
	 * @param dialect the annotations
	 * @return a reader
	 */
	ParameterReader with(ToolDialect<?> dialect) {
		return new ParameterReader(this.mapper, this.registry, this.resolvers, this.itemChecks, dialect);
	}

	/**
	 * Read the parameters of a method.
	 * @param bean its bean
	 * @param method the method
	 * @param problems gets mistakes
	 * @return the parameters, incomplete when there are mistakes
	 */
	Parameters read(AnnotatedBean bean, Method method, DeclarationErrors problems) {
		MethodParameter[] all = bean.parameters(method);
		Reading reading = new Reading(bean, method, problems, new Parameters(all.length));
		List<MethodParameter> open = new ArrayList<>();
		for (MethodParameter declared : all) {
			MethodParameter parameter = (this.dialect != null)
					? TranslatedParameter.of(declared, this.dialect.parameter(declared)) : declared;
			if (!isContinuation(method, parameter) && !supplied(parameter, reading) && !inbound(parameter, reading)) {
				open.add(parameter);
			}
		}
		if (open.size() == 1 && isWhole(open.get(0))) {
			MethodParameter parameter = open.get(0);
			checkReadable(parameter, type(parameter), true, reading);
			checkAbsent(parameter, type(parameter), reading);
			reading.result.arguments.add(new BoundArgument(parameter, "", type(parameter), true, null, null, false));
			return reading.result;
		}
		if (open.size() > MAX_ARGUMENTS) {
			reading.problem("The method has more than " + MAX_ARGUMENTS + " arguments.", "Take a record.");
			return reading.result;
		}
		Set<String> names = new HashSet<>();
		for (MethodParameter parameter : open) {
			BoundArgument argument = argument(parameter, reading);
			if (argument != null) {
				if (!names.add(argument.name())) {
					reading.problem("Two arguments have the name '" + argument.name() + "'.",
							"Give one of them another name.");
				}
				reading.result.arguments.add(argument);
			}
		}
		return reading.result;
	}

	private static boolean isContinuation(Method method, MethodParameter parameter) {
		return KotlinDetector.isSuspendingFunction(method)
				&& parameter.getParameterIndex() == method.getParameterCount() - 1;
	}

	private boolean supplied(MethodParameter parameter, Reading reading) {
		ToolArgumentResolver resolver = resolver(parameter);
		if (resolver != null) {
			reading.result.supplied.add(new SuppliedParameter(parameter.getParameterIndex(),
					(exchange) -> resolver.resolve(parameter, exchange)));
			return true;
		}
		// A type that is supplied is no argument because it may be absent.
		MethodParameter element = OptionalElement.of(parameter);
		ToolArgumentResolver ofElement = (element != null) ? resolver(element) : null;
		if (element == null || ofElement == null) {
			return false;
		}
		reading.result.supplied.add(new SuppliedParameter(parameter.getParameterIndex(),
				(exchange) -> Optional.ofNullable(ofElement.resolve(element, exchange))));
		return true;
	}

	private @Nullable ToolArgumentResolver resolver(MethodParameter parameter) {
		for (ToolArgumentResolver resolver : this.resolvers) {
			if (resolver.supports(parameter)) {
				return resolver;
			}
		}
		return null;
	}

	private boolean inbound(MethodParameter parameter, Reading reading) {
		ReactiveAdapter adapter = this.registry.getAdapter(parameter.getParameterType());
		if (adapter == null) {
			return false;
		}
		ResolvableType item = ResolvableType.forType(Types.javaType(parameter)).getGeneric(0);
		Type type = Types.upperBound(item.getType());
		if (!adapter.isMultiValue()) {
			reading.problem(parameter, "is a stream of at most one item.",
					"Take the value itself, or a Flux of the items that the caller sends.");
		}
		else if (!(type instanceof Class<?> itemClass) || itemClass == Object.class && item.getType() != type
				|| item == ResolvableType.NONE) {
			reading.problem(parameter, "is a stream of items whose type is not a class.",
					"Declare a class without type parameters, such as a record: Flux<Reading>.");
		}
		else if (reading.result.items != null) {
			reading.problem(parameter, "is a second stream of items, but a caller sends one.", "Remove one of them.");
		}
		else {
			reading.result.items = itemClass;
			AnnotatedBean bean = reading.bean;
			Consumer<Object> check = this.itemChecks.of((bean.instance() != null) ? bean::instance : bean.source(),
					parameter, itemClass);
			reading.result.annotatedItems = annotated(parameter);
			reading.result.supplied.add(new SuppliedParameter(parameter.getParameterIndex(),
					(exchange) -> adapter.fromPublisher(items(exchange, itemClass, check))));
		}
		return true;
	}

	/** The type of the items with the annotations that it has there. */
	private static @Nullable AnnotatedType annotated(MethodParameter parameter) {
		AnnotatedType stream = parameter.getExecutable().getAnnotatedParameterTypes()[parameter.getParameterIndex()];
		return (stream instanceof AnnotatedParameterizedType type && type.getAnnotatedActualTypeArguments().length == 1)
				? type.getAnnotatedActualTypeArguments()[0] : null;
	}

	private static Flux<?> items(AgentExchange exchange, Class<?> type, @Nullable Consumer<Object> check) {
		if (DataBuffer.class.isAssignableFrom(type)) {
			return buffers(exchange.inbound(byte[].class));
		}
		return (check != null) ? exchange.inbound(type).doOnNext(check) : exchange.inbound(type);
	}

	private static Flux<DataBuffer> buffers(Flux<byte[]> items) {
		return items.map(DefaultDataBufferFactory.sharedInstance::wrap);
	}

	private boolean isWhole(MethodParameter parameter) {
		if (parameter.hasParameterAnnotation(AgentParam.class) || parameter.isOptional()
				|| Types.hasVariable(Types.javaType(parameter))) {
			return false;
		}
		JavaType type = type(parameter);
		if (type.isMapLikeType()) {
			return type.getKeyType().getRawClass() == String.class || type.getKeyType().getRawClass() == Object.class;
		}
		return type.getRawClass() == ObjectNode.class || Jackson.isBean(this.mapper, type);
	}

	private JavaType type(MethodParameter parameter) {
		return this.mapper.getTypeFactory().constructType(Types.javaType(parameter));
	}

	private void checkReadable(MethodParameter parameter, JavaType type, boolean required, Reading reading) {
		JavaType value = type.isReferenceType() ? type.getReferencedType() : type;
		if (value.getRawClass().getName().startsWith(SECURITY)) {
			reading.problem(parameter, "is of a type of Spring Security, which no caller may write.",
					"Annotate it with @AuthenticationPrincipal, or supply it with a ToolArgumentResolver.");
			return;
		}
		String mistake = ReadableTypes.mistake(this.mapper, type, required);
		if (mistake != null) {
			reading.problem(parameter, "is of a type that Jackson cannot read: " + mistake,
					"Take a record, or give the type a creator that Jackson knows; the key of a map needs one that takes a text.");
		}
	}

	private void checkAbsent(MethodParameter parameter, JavaType type, Reading reading) {
		RecordComponent component = AbsentComponents.find(this.mapper, type);
		if (component != null) {
			reading.problem(parameter,
					"has a component '" + component.getName() + "' of " + component.getDeclaringRecord().getSimpleName()
							+ " that is optional or ignored, but a primitive cannot be absent.",
					"Use the wrapper class.");
		}
	}

	private @Nullable BoundArgument argument(MethodParameter parameter, Reading reading) {
		AgentParam annotation = parameter.getParameterAnnotation(AgentParam.class);
		String name = (annotation != null && !annotation.value().isEmpty()) ? annotation.value()
				: parameter.getParameterName();
		if (name == null) {
			reading.problem(parameter, "has no name.",
					"Compile with -parameters, or name it with @AgentParam(\"...\").");
			return null;
		}
		if (Types.hasVariable(Types.javaType(parameter))) {
			reading.problem(parameter, "has a type variable.", "Declare a type that is known.");
			return null;
		}
		JavaType type = type(parameter);
		boolean hasDefault = annotation != null && !annotation.defaultValue().equals(AgentParam.NO_DEFAULT);
		boolean required = !hasDefault && !parameter.isOptional() && !RecordRules.isOptionalType(type.getRawClass())
				&& (annotation == null || annotation.required());
		checkReadable(parameter, type, required, reading);
		checkAbsent(parameter, type, reading);
		JsonNode defaultValue = null;
		Object absent = EMPTY.get(type.getRawClass());
		if (annotation != null && hasDefault) {
			defaultValue = defaultValue(type, annotation.defaultValue());
			if (defaultValue == null) {
				reading.problem(parameter,
						"has the default '" + annotation.defaultValue() + "', which is no value of its type.",
						"Correct the default: JSON, or plain text where the type is text.");
				return null;
			}
			reading.result.defaults.put(name, defaultValue);
			if (BeanUtils.isSimpleProperty(type.getRawClass()) && !type.isArrayType()) {
				absent = this.mapper.readerFor(type).readValue(defaultValue);
				defaultValue = null;
			}
		}
		boolean byKotlin = KotlinDetector.isKotlinType(parameter.getDeclaringClass()) && parameter.isOptional();
		boolean zero = !required && !hasDefault && !byKotlin && parameter.getParameterType().isPrimitive();
		if (zero && this.dialect == null) {
			reading.problem(parameter, "is optional, but a primitive cannot be absent.",
					"Give it a default, or use the wrapper class.");
			return null;
		}
		if (zero) {
			absent = Array.get(Array.newInstance(parameter.getParameterType(), 1), 0);
		}
		boolean declared = parameter.isOptional() || annotation != null && !annotation.required();
		boolean nullable = !hasDefault && (zero || !parameter.getParameterType().isPrimitive())
				&& (byKotlin ? Nullness.forMethodParameter(parameter) == Nullness.NULLABLE
						: declared || RecordRules.isOptionalType(type.getRawClass()));
		return new BoundArgument(parameter, name, type, required, absent, defaultValue, nullable);
	}

	private @Nullable JsonNode defaultValue(JavaType type, String text) {
		ObjectReader reader = this.mapper.readerFor(type)
			.with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES);
		JavaType value = type.isReferenceType() ? type.getReferencedType() : type;
		List<JsonNode> candidates = new ArrayList<>();
		if (!CharSequence.class.isAssignableFrom(value.getRawClass())) {
			try {
				candidates.add(this.mapper.readTree(text));
			}
			catch (JacksonException ex) {
				// not JSON, so it is text
			}
		}
		boolean number = value.isPrimitive() || Number.class.isAssignableFrom(value.getRawClass());
		if (!number || value.getRawClass() == char.class) {
			candidates.add(StringNode.valueOf(text));
		}
		for (JsonNode candidate : candidates) {
			try {
				if (!candidate.isMissingNode() && !candidate.isNull() && reader.readValue(candidate) != null) {
					return candidate;
				}
			}
			catch (JacksonException ex) {
				// not of the type in this form
			}
		}
		return null;
	}

	/**
	 * The parameters of one method.
	 */
	static final class Parameters {

		private final int size;

		private final List<BoundArgument> arguments = new ArrayList<>();

		private final List<SuppliedParameter> supplied = new ArrayList<>();

		private final Map<String, JsonNode> defaults = new LinkedHashMap<>();

		private @Nullable Class<?> items;

		private @Nullable AnnotatedType annotatedItems;

		Parameters(int size) {
			this.size = size;
		}

		int size() {
			return this.size;
		}

		List<BoundArgument> arguments() {
			return this.arguments;
		}

		List<SuppliedParameter> supplied() {
			return this.supplied;
		}

		Map<String, JsonNode> defaults() {
			return this.defaults;
		}

		@Nullable Class<?> items() {
			return this.items;
		}

		/** The type of the items as it is declared; {@code null} when there are none. */
		@Nullable AnnotatedType annotatedItems() {
			return this.annotatedItems;
		}

		/**
		 * The parameter that takes all arguments.
		 * @return it, or {@code null} when arguments are bound by name
		 */
		@Nullable BoundArgument whole() {
			return (this.arguments.size() == 1 && this.arguments.get(0).isWhole()) ? this.arguments.get(0) : null;
		}

	}

	private record Reading(AnnotatedBean bean, Method method, DeclarationErrors problems, Parameters result) {

		void problem(String problem, String action) {
			this.problems.add(this.bean, this.method, problem, action);
		}

		void problem(MethodParameter parameter, String problem, String action) {
			this.problems.add(this.bean, this.method, parameter, problem, action);
		}

	}

}
