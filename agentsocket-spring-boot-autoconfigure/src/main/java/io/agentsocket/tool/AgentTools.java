package io.agentsocket.tool;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;

import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import io.agentsocket.action.Action;
import io.agentsocket.action.AgentExchange;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.annotation.Internal;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.codec.declared.ValueRules;
import io.agentsocket.log.PrintableLog;
import io.agentsocket.method.AnnotatedBean;
import io.agentsocket.method.DeclarationErrors;
import io.agentsocket.protocol.Expect;
import io.agentsocket.protocol.Limits;
import io.agentsocket.session.AgentSession;
import io.agentsocket.tool.execution.BoundedElastic;
import io.agentsocket.tool.execution.FairExecutor;
import io.agentsocket.tool.execution.ThreadUse;
import io.agentsocket.tool.execution.ToolGuard;
import io.agentsocket.tool.execution.ToolHandlers;
import io.agentsocket.tool.schema.Schemas;
import io.agentsocket.tool.schema.ToolTypeSchemas;
import jakarta.validation.Validator;
import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.core.ReactiveAdapterRegistry;
import org.springframework.core.annotation.AnnotatedElementUtils;

/**
 * Makes actions of {@link AgentTool} methods. Everything that reflection has to find out
 * is found out here, once; all mistakes of all methods are reported together.
 *
 * <p>
 * Arguments are bound by name, unless the method has exactly one parameter that is
 * neither supplied nor a stream, is not annotated with {@code AgentParam}, is required,
 * and is a record, bean or {@code Map} with text keys: that one takes all arguments.
 *
 * <p>
 * A {@code Stream}, {@code Iterator} or exactly {@code Iterable} is sent item by item,
 * and closed at its end and on cancel; a {@code Collection}, {@code Map} or any other
 * type that is an {@code Iterable} among other things is one value. Methods that return a
 * plain value, a {@code Stream} or an {@code Iterable} run on the executor by default,
 * and cancelling interrupts their thread; a call that the executor rejects ends with
 * RESOURCE_EXHAUSTED, marked as worth a retry. Instances are immutable and thread-safe.
 */
public final class AgentTools {

	private static final Log logger = PrintableLog.of(AgentTools.class);

	private final ToolReader reader;

	private final TypeSchemas typeSchemas;

	private final Executor executor;

	private AgentTools(ToolReader reader, TypeSchemas typeSchemas, Executor executor) {
		this.reader = reader;
		this.typeSchemas = typeSchemas;
		this.executor = executor;
	}

	/**
	 * The executor of blocking tools for other work of a session, which has the same
	 * share of its threads as the calls of the session.
	 * @param session the session
	 * @return runs work of the session; a task that waits there may be a
	 * {@link io.agentsocket.method.RefusableTask}
	 */
	@Internal
	public Executor executorFor(AgentSession session) {
		return FairExecutor.of(this.executor, session);
	}

	/**
	 * Run code where blocking tools run: on a thread of the executor, with the share of
	 * its threads that the caller has, and with the thread locals of the invocation.
	 * Cancelling interrupts the thread.
	 * @param exchange the invocation
	 * @param code runs once for each subscription
	 * @param <T> type of the result
	 * @return the result; RESOURCE_EXHAUSTED when the executor takes no more
	 */
	@Internal
	public <T> Mono<T> blocking(AgentExchange exchange, Callable<T> code) {
		return ToolHandlers.blocking(code, this.executor, this.reader.threadGuard(), exchange);
	}

	/**
	 * How the threads of blocking tools are used.
	 * @return a snapshot; {@link ThreadUse#NONE} for an executor that gets all calls at
	 * once
	 */
	@Internal
	public ThreadUse threadUse() {
		return (this.executor instanceof FairExecutor fair) ? fair.use() : ThreadUse.NONE;
	}

	/**
	 * Start to configure.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	/**
	 * Find the tools of all beans, those behind proxies included. Beans that are lazy or
	 * of another scope are not created: they are asked for at their first or at each
	 * invocation.
	 * @param source has the beans
	 * @return the actions by name
	 * @throws InvalidToolsException if any tool is declared wrongly
	 */
	public List<Action> scan(ListableBeanFactory source) {
		return read(AnnotatedBean.in(source, AgentTool.class));
	}

	/**
	 * The tools of single objects, without a container.
	 * @param objects objects with {@link AgentTool} methods
	 * @return the actions by name
	 * @throws InvalidToolsException if any tool is declared wrongly
	 */
	public List<Action> actionsOf(Object... objects) {
		return read(Arrays.stream(objects).map(AnnotatedBean::of).flatMap(List::stream).toList());
	}

	/**
	 * Find tools with annotations of another library, as {@link #scan} finds others.
	 * @param dialect the annotations
	 * @param source has the beans
	 * @param <A> annotation of a tool
	 * @return the actions by name
	 * @throws InvalidToolsException if any tool is declared wrongly
	 */
	@Internal
	public <A extends Annotation> List<Action> scan(ToolDialect<A> dialect, ListableBeanFactory source) {
		return translated(dialect, AnnotatedBean.in(source, dialect.annotation()));
	}

	/**
	 * The tools of single objects with annotations of another library.
	 * @param dialect the annotations
	 * @param objects the objects
	 * @param <A> annotation of a tool
	 * @return the actions by name
	 * @throws InvalidToolsException if any tool is declared wrongly
	 */
	@Internal
	public <A extends Annotation> List<Action> actionsOf(ToolDialect<A> dialect, Object... objects) {
		return translated(dialect, Arrays.stream(objects).map(AnnotatedBean::of).flatMap(List::stream).toList());
	}

	private <A extends Annotation> List<Action> translated(ToolDialect<A> dialect, List<AnnotatedBean> beans) {
		ToolReader translating = this.reader.with(dialect);
		return read(beans, translating, (bean) -> {
			Map<Method, AgentTool> tools = new LinkedHashMap<>();
			bean.methods(dialect.annotation()).forEach((method, annotation) -> {
				AgentTool tool = dialect.tool(method, annotation);
				if (tool != null) {
					tools.put(method, tool);
				}
			});
			return tools;
		});
	}

	/**
	 * The schemas of answers to questions, made as those of tools are. They name
	 * properties as Jackson does and require the same of a record as tools do. Checking
	 * is strict: {@code null} is not the same as absent. When no schema can be made of a
	 * type it is unknown; a schema that cannot be used to check values is an
	 * {@code IllegalArgumentException}.
	 * @return the schemas, always the same
	 */
	@Internal
	public TypeSchemas typeSchemas() {
		return this.typeSchemas;
	}

	private List<Action> read(List<AnnotatedBean> beans) {
		return read(beans, this.reader, AgentTools::annotated);
	}

	private static Map<Method, AgentTool> annotated(AnnotatedBean bean) {
		Map<Method, AgentTool> methods = bean.methods(AgentTool.class);
		AgentTool type = AnnotatedElementUtils.findMergedAnnotation(bean.type(), AgentTool.class);
		if (type != null && methods.isEmpty()) {
			logger.warn("Class " + bean.type().getName() + " is annotated with @AgentTool and none of its methods "
					+ "is, so it has no tools. Annotate the methods that are tools, too.");
		}
		else if (type != null) {
			List<String> idle = ToolDeclaration.withoutEffect(type);
			if (!idle.isEmpty()) {
				logger.warn("Of @AgentTool on class " + bean.type().getName() + " these have no effect: "
						+ String.join(", ", idle) + ". Set them on the methods that are tools.");
			}
		}
		return methods;
	}

	private static List<Action> read(List<AnnotatedBean> beans, ToolReader reader,
			Function<AnnotatedBean, Map<Method, AgentTool>> tools) {
		DeclarationErrors problems = new DeclarationErrors();
		Map<String, String> owners = new LinkedHashMap<>();
		List<Action> actions = new ArrayList<>();
		for (AnnotatedBean bean : beans) {
			for (Map.Entry<Method, AgentTool> entry : tools.apply(bean).entrySet()) {
				Method method = entry.getKey();
				Action action = reader.read(bean, method, entry.getValue(), problems);
				String name = new ToolDeclaration(bean, method, entry.getValue()).name();
				String owner = DeclarationErrors.describe(bean.type(), method) + " of bean '" + bean.name() + "'";
				String other = owners.putIfAbsent(name, owner);
				if (other != null) {
					problems.add(bean, method, "The name '" + name + "' is taken by " + other + ".",
							"Give one of them another name in its annotation.");
				}
				else if (action != null) {
					actions.add(action);
				}
			}
		}
		problems.throwIfAny(InvalidToolsException::new);
		reader.adviseKotlin();
		actions.sort(Comparator.comparing(Action::name));
		return List.copyOf(actions);
	}

	/**
	 * Configures {@link AgentTools}. Every setting has a default.
	 */
	public static final class Builder {

		private Executor executor = BoundedElastic.INSTANCE;

		private int threads;

		private boolean fair = true;

		private ReactiveAdapterRegistry registry = ReactiveAdapterRegistry.getSharedInstance();

		private ObjectMapper mapper = JsonMapper.shared();

		private @Nullable Object validator;

		private ToolGuard guard = ToolGuard.NONE;

		private boolean mdc = true;

		private boolean lazySchemas;

		private final List<ToolArgumentResolver> resolvers = new ArrayList<>();

		private final List<ToolSchemaCustomizer> customizers = new ArrayList<>();

		private Builder() {
		}

		/**
		 * Set the executor of blocking tools; Reactor's bounded elastic scheduler by
		 * default.
		 * @param executor the executor
		 * @return this
		 */
		public Builder executor(Executor executor) {
			this.executor = Expect.present("executor", executor);
			return this;
		}

		/**
		 * Set how many threads of the executor are for tools; by default all that it has,
		 * if it is a pool or has a limit. Sessions and principals share them fairly. An
		 * executor that is not known, or that makes a thread for each task, gets all work
		 * at once.
		 * @param threads the number, 0 for the default
		 * @return this
		 */
		public Builder threads(int threads) {
			this.threads = Expect.atLeast("threads", threads, 0);
			return this;
		}

		/**
		 * Set whether sessions and principals share the threads of the executor fairly;
		 * {@code true} by default. A session then has half of them at most.
		 * @param fair {@code false} to give the executor all work at once
		 * @return this
		 */
		public Builder fair(boolean fair) {
			this.fair = fair;
			return this;
		}

		/**
		 * Set the known reactive types; the shared registry by default.
		 * @param registry the registry
		 * @return this
		 */
		public Builder reactiveAdapterRegistry(ReactiveAdapterRegistry registry) {
			this.registry = Expect.present("registry", registry);
			return this;
		}

		/**
		 * Set the JSON mapper that schemas and defaults are made with. Arguments and
		 * results go through the mapper of the connection's codec.
		 * @param mapper the mapper
		 * @return this
		 */
		public Builder mapper(ObjectMapper mapper) {
			this.mapper = Expect.present("mapper", mapper);
			return this;
		}

		/**
		 * Set the validator for the constraints of Jakarta Bean Validation; nothing by
		 * default. Constraints in streams, as in {@code Flux<@Min(1) Integer>}, need a
		 * validator that is a {@code ValidatorFactory} as well, as Spring's
		 * {@code LocalValidatorFactoryBean} is.
		 * @param validator the validator, or {@code null}
		 * @return this
		 */
		public Builder validator(@Nullable Validator validator) {
			this.validator = validator;
			return this;
		}

		/**
		 * Set the place of a security framework around tools; nothing by default.
		 * @param guard the guard
		 * @return this
		 */
		@Internal
		public Builder guard(ToolGuard guard) {
			this.guard = Expect.present("guard", guard);
			return this;
		}

		/**
		 * Set whether lines that tools write to the log have the id of the session and
		 * the name of the principal in the MDC of SLF4J; {@code true} by default. With
		 * Micrometer's context propagation this reaches wherever Reactor propagates
		 * contexts to.
		 * @param mdc {@code false} to leave the MDC alone
		 * @return this
		 */
		public Builder mdc(boolean mdc) {
			this.mdc = mdc;
			return this;
		}

		/**
		 * Set whether schemas are made when they are first asked for, so that a type of
		 * which none can be made is no mistake of {@link #scan}; {@code false} by
		 * default.
		 * @param lazy {@code true} to make them later
		 * @return this
		 */
		@Internal
		public Builder lazySchemas(boolean lazy) {
			this.lazySchemas = lazy;
			return this;
		}

		/**
		 * Add resolvers, which are asked before the built-in ones.
		 * @param resolvers the resolvers in their order
		 * @return this
		 */
		public Builder argumentResolvers(List<? extends ToolArgumentResolver> resolvers) {
			this.resolvers.addAll(Expect.present("resolvers", resolvers));
			return this;
		}

		/**
		 * Add customizers of the schemas.
		 * @param customizers the customizers in their order
		 * @return this
		 */
		public Builder schemaCustomizers(List<? extends ToolSchemaCustomizer> customizers) {
			this.customizers.addAll(Expect.present("customizers", customizers));
			return this;
		}

		private List<Consumer<SchemaGeneratorConfigBuilder>> schemaCustomizers() {
			return this.customizers.stream()
				.<Consumer<SchemaGeneratorConfigBuilder>>map((customizer) -> customizer::customize)
				.toList();
		}

		private Executor shared() {
			return this.fair ? FairExecutor.sharing(this.executor, this.threads) : this.executor;
		}

		/**
		 * Build.
		 * @return the source of actions
		 */
		public AgentTools build() {
			// As on the wire, so that schemas agree with codecs.
			ObjectMapper mapper = (this.mapper instanceof JsonMapper json)
					? JacksonCodec.json(json, Limits.SERVER.depth()).mapper() : this.mapper;
			ObjectMapper argumentMapper = ValueRules.forArguments(mapper);
			List<ToolArgumentResolver> resolvers = new ArrayList<>(this.resolvers);
			resolvers.addAll(BuiltInResolvers.ALL);
			Schemas schemas = new Schemas(mapper, argumentMapper, schemaCustomizers());
			Executor executor = shared();
			Object validator = (this.validator != null) ? BeanValidation.withStreams(this.validator) : null;
			ItemChecks itemChecks = (validator != null) ? BeanValidation.ofItems(validator, mapper) : ItemChecks.NONE;
			return new AgentTools(
					new ToolReader(new ParameterReader(argumentMapper, this.registry, resolvers, itemChecks), schemas,
							argumentMapper, executor, this.registry, validator, this.guard, this.mdc, this.lazySchemas),
					new ToolTypeSchemas(schemas), executor);
		}

	}

}
