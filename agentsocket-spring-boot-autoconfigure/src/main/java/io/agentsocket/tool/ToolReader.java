package io.agentsocket.tool;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentsocket.action.Action;
import io.agentsocket.action.ActionHandler;
import io.agentsocket.action.ActionSchema;
import io.agentsocket.action.ActionSchemas;
import io.agentsocket.action.StateUse;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.AgentTool.Blocking;
import io.agentsocket.codec.declared.DeclaredElements;
import io.agentsocket.codec.declared.KotlinTypes;
import io.agentsocket.codec.declared.Nullability;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.BeanMethod;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.method.Types;
import io.agentsocket.session.AgentSession;
import io.agentsocket.tool.execution.ToolGuard;
import io.agentsocket.tool.execution.ToolHandlers;
import io.agentsocket.tool.execution.ToolMdc;
import io.agentsocket.tool.execution.ToolResult;
import io.agentsocket.tool.schema.BoundArgument;
import io.agentsocket.tool.schema.HollowTypes;
import io.agentsocket.tool.schema.Jackson;
import io.agentsocket.tool.schema.SchemaDiagnosis;
import io.agentsocket.tool.schema.Schemas;
import jakarta.validation.Validator;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.core.KotlinDetector;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.ResolvableType;
import org.springframework.util.function.SingletonSupplier;

/**
 * Makes an action of one method.
 */
final class ToolReader {

	private static final Log logger = PrintableLog.of(ToolReader.class);

	private final ParameterReader parameterReader;

	private final Schemas schemas;

	private final ObjectMapper argumentMapper;

	private final Executor executor;

	private final ReactiveAdapterRegistry registry;

	private final @Nullable Object validator;

	/** Whether schemas are made when they are first asked for. */
	private final boolean lazy;

	private final ToolGuard guard;

	/** Tells threads their callers: the guard, perhaps with the MDC. */
	private final ToolGuard threadGuard;

	private final AtomicBoolean advised = new AtomicBoolean();

	private volatile @Nullable String kotlin;

	private final ArgumentMappers mappers = new ArgumentMappers();

	private final @Nullable ToolDialect<?> dialect;

	ToolReader(ParameterReader parameterReader, Schemas schemas, ObjectMapper argumentMapper, Executor executor,
			ReactiveAdapterRegistry registry, @Nullable Object validator, ToolGuard guard, boolean mdc, boolean lazy) {
		this.parameterReader = parameterReader;
		this.schemas = schemas;
		this.argumentMapper = argumentMapper;
		this.executor = executor;
		this.registry = registry;
		this.validator = validator;
		this.lazy = lazy;
		this.guard = guard;
		this.threadGuard = mdc ? ToolMdc.around(guard) : guard;
		this.dialect = null;
	}

	private ToolReader(ToolReader from, ToolDialect<?> dialect) {
		this.parameterReader = from.parameterReader.with(dialect);
		this.dialect = dialect;
		this.schemas = from.schemas;
		this.argumentMapper = from.argumentMapper;
		this.executor = from.executor;
		this.registry = from.registry;
		this.validator = from.validator;
		this.lazy = from.lazy;
		this.guard = from.guard;
		this.threadGuard = from.threadGuard;
	}

	/**
	 * The same, for methods with annotations of another library.
	 * @param dialect the annotations
	 * @return a reader
	 */
	ToolReader with(ToolDialect<?> dialect) {
		return new ToolReader(this, dialect);
	}

	/** Tells the thread of a blocking call what it works for. */
	ToolGuard threadGuard() {
		return this.threadGuard;
	}

	/**
	 * Read a method.
	 * @param bean its bean
	 * @param method the method
	 * @param tool its annotation
	 * @param problems gets mistakes
	 * @return the action, or {@code null} when there are mistakes
	 */
	@Nullable Action read(AnnotatedBean bean, Method method, AgentTool tool, DeclarationErrors problems) {
		int before = problems.count();
		ToolDeclaration declaration = new ToolDeclaration(bean, method, tool);
		declaration.checkName(problems);
		boolean unproxied = this.dialect != null && UnproxiedTarget.isFor(method);
		Supplier<BeanMethod> target = unproxied ? UnproxiedTarget.of(bean, method, this.guard, problems)
				: BeanMethod.target(bean, method, "A tool", problems);
		checkRules(bean, method, problems);
		Duration timeout = declaration.timeout(problems);
		ParameterReader.Parameters parameters = this.parameterReader.read(bean, method, problems);
		noteKotlin(parameters);
		if (this.validator != null && this.dialect != null && Modifier.isStatic(method.getModifiers())) {
			Validation.report(bean, method, parameters.arguments(), problems);
		}
		ToolDialect.Conversion conversion = conversion(bean, method, problems);
		ToolResult result = (conversion != null) ? ToolResult.CONVERTED : result(bean, method, problems);
		if (result == null || target == null || problems.count() != before) {
			return null;
		}
		Predicate<AgentSession> visibility = declaration.visibility(this.guard, problems);
		StateUse state = declaration.state(problems);
		if (problems.count() != before) {
			return null;
		}
		boolean plain = result.source() != ToolResult.Source.REACTIVE;
		boolean blocking = (tool.blocking() == Blocking.BY_RETURN_TYPE) ? plain : tool.blocking() == Blocking.YES;
		if (!blocking && result.source() == ToolResult.Source.ITERATION) {
			problems.add(bean, method, "A Stream or Iterator is pulled by blocking calls, but blocking is NO.",
					"Return a Flux, or remove blocking = NO.");
			return null;
		}
		try {
			Supplier<ObjectNode> input = SingletonSupplier.of(() -> input(parameters));
			ToolCall call = new ToolCall(guarded(target, method),
					KotlinCalls.invokerFor(method).convertedBy(conversion), binder(bean, method, parameters, input));
			ActionHandler handler = ToolHandlers.checked(
					ToolHandlers.of(call, result, blocking ? this.executor : null, this.threadGuard),
					elements(method, result));
			ActionSchemas schemas = schemas(method, parameters, result, input);
			if (!this.lazy) {
				made(schemas);
				String mistake = (this.validator != null) ? DefaultChecks.mistake(parameters.defaults(), input) : null;
				if (mistake != null) {
					problems.add(bean, method, mistake, "Correct the default or the constraint.");
					return null;
				}
			}
			return describe(declaration.action(timeout), parameters, result).schemas(schemas)
				.visibleTo(visibility)
				.handler((state != null) ? state.by(handler) : handler);
		}
		catch (UncheckableConstraintException ex) {
			problems.add(bean, method, "The validator refuses the constraints of its class: " + ex.getMessage(),
					"Put them on the components of a record, or give the builder a validator that is a ValidatorFactory.");
			return null;
		}
		catch (RuntimeException ex) {
			problems.add(bean, method, "No schema can be made of its types: " + ex.getMessage(),
					"Use records, or types that Jackson can read and write.");
			return null;
		}
	}

	/** Rules of a bean that does not exist yet show their mistakes when it is called. */
	private void checkRules(AnnotatedBean bean, Method method, DeclarationErrors problems) {
		Object present = bean.instance();
		String mistake = (present != null) ? this.guard.mistake(present, method) : null;
		if (mistake != null) {
			problems.add(bean, method, mistake, "Return a CompletableFuture, or another class of a library as it is.");
		}
	}

	private Supplier<BeanMethod> guarded(Supplier<BeanMethod> target, Method method) {
		return (this.guard != ToolGuard.NONE) ? new GuardedTarget(target, this.guard, method) : target;
	}

	/** Without its module Jackson uses constructors of Kotlin as if they were Java. */
	void adviseKotlin() {
		boolean module = this.argumentMapper.registeredModules()
			.stream()
			.anyMatch((registered) -> registered.getModuleName().contains("kotlin")
					|| registered.getClass().getName().contains("kotlin"));
		if (this.kotlin != null && !module && this.advised.compareAndSet(false, true)) {
			logger.warn("Arguments are read into " + this.kotlin + ", a class in Kotlin, without jackson-module-kotlin:"
					+ " default values of its constructor do not apply. Add tools.jackson.module:jackson-module-kotlin.");
		}
	}

	private void noteKotlin(ParameterReader.Parameters parameters) {
		for (BoundArgument argument : parameters.arguments()) {
			if (KotlinTypes.isIn(argument.type())) {
				this.kotlin = argument.type().toCanonical();
			}
		}
	}

	private ToolDialect.@Nullable Conversion conversion(AnnotatedBean bean, Method method, DeclarationErrors problems) {
		if (this.dialect == null || KotlinDetector.isSuspendingFunction(method)) {
			return null;
		}
		try {
			return this.dialect.conversion(method);
		}
		catch (IllegalArgumentException ex) {
			problems.add(bean, method, String.valueOf(ex.getMessage()),
					"Correct the converter of results that its annotation names.");
			return null;
		}
	}

	private @Nullable ToolResult result(AnnotatedBean bean, Method method, DeclarationErrors problems) {
		try {
			ResolvableType type = bean.returnType(method);
			ToolResult result = ToolResult.of(
					(this.dialect != null) ? ResolvableType.forType(Types.bounded(type.getType())) : type,
					this.registry);
			checkValues(result);
			if (!KotlinDetector.isSuspendingFunction(method)) {
				return result;
			}
			if (result.source() == ToolResult.Source.ITERATION) {
				throw new ToolResult.Unsupported("A suspend function cannot return a blocking stream.",
						"Return a Flow.");
			}
			return new ToolResult(result.shape(), ToolResult.Source.REACTIVE, result.type(), result.adapter());
		}
		catch (ToolResult.Unsupported ex) {
			problems.add(bean, method, String.valueOf(ex.getMessage()), ex.action());
			return null;
		}
	}

	private void checkValues(ToolResult result) throws ToolResult.Unsupported {
		Type type = result.hasSchema() ? result.type() : null;
		String advice = (type != null) ? HollowTypes.advice(this.argumentMapper, type) : null;
		if (advice != null) {
			String name = this.argumentMapper.constructType(type).getRawClass().getSimpleName();
			throw new ToolResult.Unsupported("A result of the type " + name + " is no value to send.", advice);
		}
	}

	private ArgumentBinder binder(AnnotatedBean bean, Method method, ParameterReader.Parameters parameters,
			Supplier<ObjectNode> input) {
		BeanValidation validation = (this.validator != null)
				? Validation.of(this.validator, this.argumentMapper, bean.type(), method, parameters.arguments())
				: null;
		return new ArgumentBinder(parameters.size(), parameters.arguments(), parameters.supplied(),
				new SchemaDiagnosis(input), validation, this.mappers);
	}

	private boolean isOpen(ParameterReader.Parameters parameters) {
		BoundArgument whole = parameters.whole();
		return whole != null && (whole.type().getRawClass() == ObjectNode.class
				|| Jackson.isOpen(this.argumentMapper, whole.type()));
	}

	private ObjectNode input(ParameterReader.Parameters parameters) {
		BoundArgument whole = parameters.whole();
		return (whole != null) ? this.schemas.ofAllArguments(whole, isOpen(parameters))
				: this.schemas.ofArguments(parameters.arguments(), parameters.defaults());
	}

	private Action.Builder describe(Action.Builder builder, ParameterReader.Parameters parameters, ToolResult result) {
		builder.result(result.shape()).resultType(result.hasSchema() ? result.type() : null);
		Class<?> items = parameters.items();
		if (items != null && (this.validator == null || !Validation.isConstrained(this.validator, this.argumentMapper,
				items, parameters.annotatedItems()))) {
			builder.itemsCheckedByHandler();
		}
		return builder;
	}

	private ActionSchemas schemas(Method method, ParameterReader.Parameters parameters, ToolResult result,
			Supplier<ObjectNode> input) {
		Type returned = result.hasSchema() ? result.type() : null;
		boolean item = result.adapter() != null || result.source() == ToolResult.Source.ITERATION;
		Class<?> items = parameters.items();
		return new ActionSchemas(schema(input),
				(returned != null)
						? schema(() -> this.schemas.ofResult(returned, annotated(method, result), method, item)) : null,
				(items != null) ? schema(() -> this.schemas.ofItem(items, parameters.annotatedItems())) : null);
	}

	private ActionSchema schema(Supplier<ObjectNode> source) {
		return ActionSchema.by(() -> this.schemas.toMap(source.get()));
	}

	/** Fails if one of them cannot be made. */
	private static void made(ActionSchemas schemas) {
		Stream.of(schemas.input(), schemas.output(), schemas.items())
			.filter(Objects::nonNull)
			.forEach(ActionSchema::get);
	}

	/** Kotlin itself keeps {@code null} out where its types say so. */
	private static @Nullable DeclaredElements elements(Method method, ToolResult result) {
		AnnotatedType type = (result.hasSchema() && !KotlinTypes.isKotlin(method.getDeclaringClass()))
				? annotated(method, result) : null;
		return (type != null) ? DeclaredElements.of(type, Nullability.isMarked(method)) : null;
	}

	/** The declared type of the value or item, with its annotations. */
	private static @Nullable AnnotatedType annotated(Method method, ToolResult result) {
		AnnotatedType type = method.getAnnotatedReturnType();
		if (result.source() == ToolResult.Source.PLAIN) {
			return type;
		}
		return (type instanceof AnnotatedParameterizedType stream
				&& stream.getAnnotatedActualTypeArguments().length == 1) ? stream.getAnnotatedActualTypeArguments()[0]
						: null;
	}

	/**
	 * Keeps the types of Jakarta Bean Validation, which may be absent, out of the rest.
	 */
	private static final class Validation {

		private Validation() {
		}

		static @Nullable BeanValidation of(Object validator, ObjectMapper mapper, Class<?> type, Method method,
				List<BoundArgument> arguments) {
			return BeanValidation.of((Validator) validator, mapper, type, method, arguments);
		}

		static void report(AnnotatedBean bean, Method method, List<BoundArgument> arguments,
				DeclarationErrors problems) {
			StaticConstraints.report(bean, method, arguments, problems);
		}

		static boolean isConstrained(Object validator, ObjectMapper mapper, Class<?> type,
				@Nullable AnnotatedType annotated) {
			return (annotated != null && UncheckedConstraints.isConstrained(annotated))
					|| UncheckedConstraints.isIn((Validator) validator, mapper, type);
		}

	}

}
