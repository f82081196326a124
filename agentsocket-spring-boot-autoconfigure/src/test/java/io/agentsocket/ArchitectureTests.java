package io.agentsocket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import io.agentsocket.annotation.Internal;
import org.jspecify.annotations.NullMarked;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.members;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The structure of the main code: which package may use which, where the types of other
 * projects may appear, and what no class may do.
 */
@AnalyzeClasses(packages = ArchitectureTests.BASE, importOptions = ImportOption.DoNotIncludeTests.class)
@SuppressWarnings({ "checkstyle:ConstantName", "checkstyle:HideUtilityClassConstructor" })
class ArchitectureTests {

	static final String BASE = "io.agentsocket";

	private static final String IMPORTS = "META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports";

	private static final Set<String> ENDS = Set.of("protocol", "codec", "action", "session", "connection", "transport");

	private static final Set<String> CONCERNS = Set.of("annotation", "protocol", "codec", "action", "session",
			"connection", "transport", "tool", "tool.execution", "event", "server", "client", "relay", "function");

	private static final Set<String> EVERYTHING = Set.of("annotation", "protocol", "codec", "action", "session",
			"session.redis", "connection", "transport", "method", "tool", "event", "server", "client", "relay",
			"function", "security", "observation", "actuate");

	/**
	 * Each package and the packages it may use. A sub-package without a line of its own
	 * belongs to the package above it.
	 */
	private static final Map<String, Set<String>> MAY_USE = Map.ofEntries(Map.entry("annotation", Set.of()),
			Map.entry("protocol", Set.of()), Map.entry("codec", Set.of("annotation", "protocol")),
			Map.entry("session", Set.of("protocol")), Map.entry("session.redis", Set.of("protocol", "session")),
			Map.entry("action", Set.of("protocol", "codec", "session")),
			Map.entry("connection",
					Set.of("protocol", "codec", "action", "session", "connection.loop", "connection.sequence",
							"connection.stream", "connection.takeover")),
			Map.entry("connection.takeover",
					Set.of("protocol", "codec", "action", "session", "connection.loop", "connection.sequence",
							"connection.stream")),
			Map.entry("connection.stream",
					Set.of("protocol", "codec", "action", "session", "connection.loop", "connection.sequence")),
			Map.entry("connection.sequence", Set.of("protocol", "session")), Map.entry("connection.loop", Set.of()),
			Map.entry("log", Set.of("protocol")), Map.entry("method", Set.of()),
			Map.entry("tool",
					Set.of("annotation", "protocol", "codec", "action", "session", "method", "tool.execution",
							"tool.schema")),
			Map.entry("tool.execution", Set.of("annotation", "protocol", "codec", "action", "session", "method")),
			Map.entry("tool.schema", Set.of("annotation", "protocol", "codec", "action", "method")),
			Map.entry("event", Set.of("annotation", "protocol", "codec", "session", "method")),
			Map.entry("transport", Set.of("protocol", "connection")),
			Map.entry("server", union(ENDS, "connection.takeover")), Map.entry("client", ENDS),
			Map.entry("webflux", Set.of("protocol", "mcp", "server", "transport")),
			Map.entry("mcp", Set.of("protocol", "codec", "action", "session", "server")),
			Map.entry("servlet", Set.of("protocol", "connection.loop", "mcp", "server", "transport")),
			Map.entry("relay",
					Set.of("protocol", "codec", "action", "session", "relay.answer", "relay.push", "relay.transport")),
			Map.entry("relay.answer", Set.of("protocol", "codec", "action")),
			Map.entry("relay.push", Set.of("protocol", "codec", "action", "session", "relay.answer")),
			Map.entry("relay.transport", Set.of("protocol", "relay.answer")),
			Map.entry("function",
					Set.of("protocol", "codec", "action", "session", "connection", "connection.loop", "relay",
							"relay.answer", "tool")),
			Map.entry("lambda", Set.of("protocol", "codec", "function")),
			Map.entry("bridge", Set.of("annotation", "protocol", "codec", "action", "client")),
			Map.entry("springai",
					Set.of("annotation", "protocol", "codec", "action", "session", "method", "tool", "tool.schema",
							"client", "bridge")),
			Map.entry("langchain4j", Set.of("annotation", "protocol", "codec", "action", "client", "bridge")),
			Map.entry("security", CONCERNS), Map.entry("observation", union(CONCERNS, "mcp")),
			Map.entry("actuate", CONCERNS),
			Map.entry("autoconfigure", Set.of("protocol", "codec", "session", "tool", "client", "server")),
			Map.entry("autoconfigure.action", Set.of("autoconfigure", "action", "tool", "server")),
			Map.entry("autoconfigure.aot", Set.of("annotation", "action", "method", "session")),
			Map.entry("autoconfigure.client",
					Set.of("autoconfigure", "autoconfigure.action", "autoconfigure.event", "codec", "action", "event",
							"session", "connection", "client")),
			Map.entry("autoconfigure.console", Set.of("autoconfigure")),
			Map.entry("autoconfigure.mcp",
					Set.of("autoconfigure", "autoconfigure.server", "codec", "mcp", "observation", "server", "servlet",
							"webflux")),
			Map.entry("autoconfigure.event", Set.of("autoconfigure", "codec", "connection", "event", "tool")),
			Map.entry("autoconfigure.actuate",
					Set.of("autoconfigure", "action", "client", "function", "relay", "server", "tool", "tool.execution",
							"actuate")),
			Map.entry("autoconfigure.function",
					Set.of("autoconfigure", "autoconfigure.action", "codec", "action", "session", "function",
							"lambda")),
			Map.entry("autoconfigure.observation",
					Set.of("autoconfigure", "relay", "action", "session", "connection", "server", "client", "event",
							"tool", "observation")),
			Map.entry("autoconfigure.relay",
					Set.of("autoconfigure", "autoconfigure.action", "autoconfigure.server", "autoconfigure.tool",
							"protocol", "codec", "action", "session", "server", "relay", "relay.answer", "relay.push",
							"relay.transport")),
			Map.entry("autoconfigure.security",
					Set.of("autoconfigure", "session", "tool", "server", "servlet", "security")),
			Map.entry("autoconfigure.server",
					Set.of("autoconfigure", "autoconfigure.action", "autoconfigure.event", "autoconfigure.session",
							"protocol", "codec", "action", "session", "connection", "transport", "server", "webflux",
							"servlet")),
			Map.entry("autoconfigure.session",
					Set.of("autoconfigure", "protocol", "codec", "session", "session.redis")),
			Map.entry("autoconfigure.springai",
					Set.of("autoconfigure", "autoconfigure.action", "autoconfigure.client", "autoconfigure.tool",
							"action", "client", "tool", "springai")),
			Map.entry("autoconfigure.tool", Set.of("autoconfigure", "action", "method", "tool")),
			Map.entry("test", EVERYTHING), Map.entry("test.autoconfigure",
					Set.of("annotation", "codec", "action", "session", "tool", "server", "autoconfigure", "test")));

	/**
	 * The types that applications may use, by package. Every other public type is marked
	 * {@link Internal}, or its package is.
	 */
	private static final Map<String, Set<String>> API = Map.ofEntries(
			Map.entry("annotation", Set.of("AgentEvent", "AgentParam", "AgentState", "AgentTool", "Internal")),
			Map.entry("action",
					Set.of("Action", "ActionCatalog", "ActionChange", "ActionDescriptor", "ActionHandler",
							"ActionHints", "ActionInterceptor", "ActionPage", "ActionQuery", "ActionRanking",
							"ActionVisibility", "AgentExchange", "Answer", "ApprovalRequest", "Deadline",
							"ErrorResolver", "FunctionPush", "FunctionPushException", "Invocation", "InvocationSpec",
							"Question", "QuestionRequest", "ResultShape", "RunningAction", "StateUse")),
			Map.entry("session",
					Set.of("AgentInfo", "AgentSession", "AgentSessionListener", "Durability", "Identities",
							"SessionAttributes")),
			Map.entry("protocol",
					Set.of("ActionException", "AgentSocketException", "Bytes", "ErrorCode", "Limits", "Traffic",
							"Violation")),
			Map.entry("codec", Set.of("Codec", "CodecException", "JacksonCodec", "Progress")),
			Map.entry("tool",
					Set.of("AgentTools", "InvalidToolsException", "ToolArgumentResolver", "ToolSchemaCustomizer")),
			Map.entry("event", Set.of("EventListeners", "InvalidListenersException")),
			Map.entry("client",
					Set.of("AgentSocketClient", "AgentSocketClientBuilder", "Backoff", "CatalogChange",
							"ConnectionState", "UriPolicy")),
			Map.entry("server",
					Set.of("AgentSocket", "AgentSocketServer", "AgentSocketServerBuilder", "AgentSocketOperations",
							"HelloAuthenticator", "ServerBounds", "ServerSettings", "UpgradeRequest")),
			Map.entry("observation",
					Set.of("ActionObservationContext", "ActionObservationConvention", "AgentSocketObservation",
							"AuditRedaction", "InvocationAudit", "InvocationAuditListener",
							"DefaultActionObservationConvention", "DefaultFunctionObservationConvention",
							"DefaultInvocationObservationConvention", "FunctionObservationContext",
							"FunctionObservationConvention", "HighCardinalityKeys", "InvocationObservationContext",
							"InvocationObservationConvention", "LowCardinalityKeys", "Outcome")),
			Map.entry("test",
					Set.of("AgentSocketTester", "AgentSocketTesterBuilder", "ExpectedAction", "ExpectedApproval",
							"ExpectedError", "ExpectedItems", "ExpectedQuestion", "ExpectedValue", "ReceivedEvents",
							"RunningInvocation", "TestInvocation")),
			Map.entry("test.autoconfigure", Set.of("AgentSocketTest", "AutoConfigureAgentSocketTester")),
			Map.entry("lambda", Set.of("LambdaHandler")), Map.entry("langchain4j", Set.of("AgentSocketToolProvider")),
			Map.entry("springai",
					Set.of("AgentSocketTools", "ParallelToolCalls", "RemoteToolCall", "RemoteToolException",
							"RemoteToolListener", "SpringAiActions", "ToolApproval", "ToolContextResolver")),
			Map.entry("autoconfigure",
					Set.of("AgentSocketClientCustomizer", "AgentSocketServerCustomizer", "AgentToolsCustomizer")));

	@ArchTest
	static final ArchRule publicTypesAreForApplicationsOrMarkedInternal = classes().that()
		.arePublic()
		.and()
		.areTopLevelClasses()
		.and()
		.areNotAnnotatedWith(AutoConfiguration.class)
		.should(beOfTheApiOrInternal());

	@ArchTest
	static void typesOfTheApiArePublicAndNotInternal(JavaClasses classes) {
		API.forEach((name, types) -> types.forEach((type) -> {
			JavaClass found = classes.get(BASE + "." + name + "." + type);
			assertThat(found.getModifiers()).as(type).contains(JavaModifier.PUBLIC);
			assertThat(isInternal(found)).as("%s is internal", type).isFalse();
		}));
	}

	/**
	 * Applications can name each type that they are given or have to give. A member of
	 * the API that names another type of this project is marked {@link Internal} itself.
	 */
	@ArchTest
	static void typesOfTheApiNameTypesOfTheApi(JavaClasses classes) {
		Set<String> internal = new TreeSet<>();
		for (JavaClass type : classes) {
			if (isApi(type) && type.getModifiers().contains(JavaModifier.PUBLIC)) {
				type.getCodeUnits()
					.stream()
					.filter((member) -> isPromised(member))
					.forEach((member) -> member.getAllInvolvedRawTypes()
						.stream()
						.map(JavaClass::getBaseComponentType)
						.filter((named) -> named.getPackageName().startsWith(BASE) && !isApi(named))
						.forEach((named) -> internal.add(member.getFullName() + " names " + named.getName())));
			}
		}
		assertThat(internal).isEmpty();
	}

	private static boolean isPromised(JavaCodeUnit member) {
		Set<JavaModifier> modifiers = member.getModifiers();
		return (modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED))
				&& !modifiers.contains(JavaModifier.SYNTHETIC) && !member.isAnnotatedWith(Internal.class);
	}

	/** Whether a type is listed, or is a part of a type that is. */
	private static boolean isApi(JavaClass type) {
		JavaClass outer = type.getEnclosingClass().orElse(type);
		String name = type.getPackageName().substring(BASE.length()).replaceFirst("^\\.", "");
		return API.getOrDefault(name, Set.of()).contains(type.getSimpleName()) || !outer.equals(type) && isApi(outer);
	}

	@ArchTest
	static final ArchRule packagesUseOnlyWhatTheyMayUse = classes().should(useOnlyWhatTheirPackageMayUse());

	@ArchTest
	static final ArchRule packagesAreFreeOfCycles = slices().matching(BASE + ".(**)")
		.should()
		.beFreeOfCycles()
		.allowEmptyShould(true);

	@ArchTest
	static void classesAreFreeOfCircles(JavaClasses classes) {
		assertThat(ClassCircles.of(classes, BASE)).isEmpty();
	}

	@ArchTest
	static final ArchRule packagesAreNullMarked = classes().should(resideInANullMarkedPackage());

	@ArchTest
	static final ArchRule protocolIsPureJava = classes().that()
		.resideInAPackage(BASE + ".protocol..")
		.should()
		.onlyDependOnClassesThat()
		.resideInAnyPackage(BASE + ".protocol..", BASE + ".annotation..", "java..", "org.jspecify..")
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule jacksonStaysWherePayloadsAreBound = noneOutside("codec", "mcp", "tool", "session.redis",
			"bridge", "springai", "langchain4j", "autoconfigure")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("tools.jackson..", "com.fasterxml..")
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule nettyStaysBehindTheTransports = noneOutside("transport", "webflux", "client", "relay",
			"session.redis", "autoconfigure.client", "autoconfigure.relay", "autoconfigure.server")
		.should()
		.dependOnClassesThat()
		.resideInAnyPackage("io.netty..", "reactor.netty..")
		.allowEmptyShould(true);

	/**
	 * The engine needs WebFlux nowhere: a servlet application has none. The client may be
	 * given a WebSocket client of it. All endpoints share a mapping.
	 */
	@ArchTest
	static void webFluxStaysInItsPackage(JavaClasses classes) {
		Set<String> places = Set.of(BASE + ".webflux", BASE + ".autoconfigure.console",
				BASE + ".autoconfigure.security", BASE + ".autoconfigure.server", BASE + ".autoconfigure.client",
				BASE + ".autoconfigure.relay", BASE + ".autoconfigure.function", BASE + ".autoconfigure.mcp");
		Set<String> types = Set.of("SpringSocket", "SpringConnector", "AgentSocketClientBuilder",
				"EndpointHandlerMapping");
		assertThat(classes.stream()
			.filter((type) -> !places.contains(type.getPackageName()))
			.filter((type) -> type.getDirectDependenciesFromSelf()
				.stream()
				.anyMatch((dependency) -> dependency.getTargetClass()
					.getPackageName()
					.startsWith("org.springframework.web.reactive")))
			.map((type) -> type.getName().replaceFirst(".*\\.", "").replaceFirst("\\$.*", ""))
			.filter((name) -> !types.contains(name))
			.toList()).isEmpty();
	}

	/** Nothing that another side has chosen looks like a line of the log. */
	@ArchTest
	static final ArchRule logsArePrintable = noneOutside("log", "autoconfigure").should()
		.dependOnClassesThat()
		.haveFullyQualifiedName("org.apache.commons.logging.LogFactory")
		.because("a log is made by PrintableLog.of(Type.class)")
		.allowEmptyShould(true);

	/** A turn of a timer that fails does not end those behind it. */
	@ArchTest
	static final ArchRule periodicTasksAreLoggedTasks = noneOutside("log").should()
		.callMethodWhere(describe("starts a timer that ends with the first error",
				(JavaCall<?> call) -> Set.of("schedulePeriodically", "scheduleAtFixedRate", "scheduleWithFixedDelay")
					.contains(call.getName())))
		.because("LoggedTask.every() goes on after an error");

	@ArchTest
	static final ArchRule amazonStaysInItsPackage = noneOutside("lambda").should()
		.dependOnClassesThat()
		.resideInAPackage("com.amazonaws..");

	@ArchTest
	static final ArchRule redisStaysInItsStore = noneOutside("session.redis", "autoconfigure.session").should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.data.redis..", "org.springframework.session.data..", "io.lettuce..")
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule springSessionStaysWhereSessionsAre = noneOutside("session", "autoconfigure.session").should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.session..")
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule springSecurityStaysInItsPackage = noneOutside("security", "autoconfigure.security").should()
		.dependOnClassesThat()
		.resideInAPackage("org.springframework.security..")
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule namesSayWhatAClassIs = noClasses().should()
		.haveSimpleNameEndingWith("Manager")
		.orShould()
		.haveSimpleNameEndingWith("Helper")
		.orShould()
		.haveSimpleNameEndingWith("Util")
		.orShould()
		.haveSimpleNameEndingWith("Utils")
		.orShould()
		.haveSimpleNameEndingWith("Impl");

	/** Lines of a source file; a class that has more of them has more than one role. */
	private static final int MAX_LINES = 450;

	@ArchTest
	static void sourceFilesAreShort(JavaClasses classes) throws IOException {
		List<String> longer = new ArrayList<>();
		int files = 0;
		try (Stream<Path> sources = Files.walk(Path.of("src", "main", "java"))) {
			for (Path source : sources.filter((path) -> path.toString().endsWith(".java")).toList()) {
				int lines = Files.readAllLines(source).size();
				files++;
				if (lines > MAX_LINES) {
					longer.add(source.getFileName() + " has " + lines + " lines");
				}
			}
		}
		assertThat(files).isGreaterThan(200);
		assertThat(longer).isEmpty();
	}

	@ArchTest
	static final ArchRule nothingBlocksOrPrints = noClasses().should().accessTargetWhere(blocksOrPrints());

	/** The libraries of tests are in no application that runs. */
	@ArchTest
	static final ArchRule librariesOfTestsStayInTheirPackage = noneOutside().should()
		.dependOnClassesThat()
		.resideInAnyPackage("org.springframework.test..", "org.springframework.boot.test..", "org.junit..");

	@ArchTest
	static final ArchRule nothingUsesThePackageOfTests = noClasses().that()
		.resideOutsideOfPackage(BASE + ".test..")
		.should()
		.dependOnClassesThat()
		.resideInAPackage(BASE + ".test..");

	/** Boot's own are not public either: an annotation of tests leads to them. */
	@ArchTest
	static final ArchRule autoConfigurationsOfTestsAreFinal = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.and()
		.resideInAPackage(BASE + ".test..")
		.should()
		.bePackagePrivate()
		.andShould()
		.haveModifier(JavaModifier.FINAL);

	@ArchTest
	static final ArchRule autoConfigurationsArePublicAndFinal = classes().that()
		.areAnnotatedWith(AutoConfiguration.class)
		.and()
		.resideOutsideOfPackage(BASE + ".test..")
		.should()
		.bePublic()
		.andShould()
		.haveModifier(JavaModifier.FINAL)
		.andShould()
		.resideInAPackage(BASE + ".autoconfigure..")
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule autoConfigurationsHaveNoPublicMembers = members().that()
		.areDeclaredInClassesThat()
		.areAnnotatedWith(AutoConfiguration.class)
		.and(areNeitherDefaultConstructorsNorConstants())
		.should()
		.notBePublic()
		.allowEmptyShould(true);

	@ArchTest
	static final ArchRule beanMethodsHaveNoClassConditions = noMethods().that()
		.areAnnotatedWith(Bean.class)
		.should()
		.beAnnotatedWith(ConditionalOnClass.class)
		.allowEmptyShould(true);

	@ArchTest
	static void autoConfigurationsAreRegisteredInOrder(JavaClasses classes) throws IOException {
		List<String> expected = classes.stream()
			.filter((type) -> type.isAnnotatedWith(AutoConfiguration.class))
			.filter((type) -> !type.getPackageName().startsWith(BASE + ".test"))
			.map(JavaClass::getName)
			.sorted()
			.toList();
		assertThat(registeredAutoConfigurations()).containsExactlyElementsOf(expected);
	}

	/**
	 * The lines of the module's own file. Boot's files of the same name are on the class
	 * path, too, so it is looked up beside the compiled main classes.
	 */
	private static List<String> registeredAutoConfigurations() throws IOException {
		Path file = Path.of("target", "classes").resolve(IMPORTS);
		if (Files.notExists(file)) {
			return Collections.emptyList();
		}
		return Files.readAllLines(file)
			.stream()
			.map(String::strip)
			.filter((line) -> !line.isEmpty() && !line.startsWith("#"))
			.toList();
	}

	private static GivenClassesConjunction noneOutside(String... packages) {
		String[] allowed = Stream.concat(Arrays.stream(packages), Stream.of("test"))
			.map((name) -> BASE + "." + name + "..")
			.toArray(String[]::new);
		return noClasses().that().resideOutsideOfPackages(allowed);
	}

	private static ArchCondition<JavaClass> beOfTheApiOrInternal() {
		return new ArchCondition<>("be listed as API or be marked @Internal, itself or by its package") {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				String name = type.getPackageName().substring(BASE.length()).replaceFirst("^\\.", "");
				boolean listed = API.getOrDefault(name, Set.of()).contains(type.getSimpleName());
				events.add(new SimpleConditionEvent(type, listed || isInternal(type),
						type.getName() + " is public, but neither listed as API nor marked @Internal"));
			}

		};
	}

	private static boolean isInternal(JavaClass type) {
		Optional<JavaPackage> place = Optional.of(type.getPackage());
		boolean internal = type.isAnnotatedWith(Internal.class);
		while (!internal && place.isPresent()) {
			internal = place.get().isAnnotatedWith(Internal.class);
			place = place.get().getParent();
		}
		return internal;
	}

	/** The mark of internal types, and the log: all packages may use them. */
	private static boolean isForAll(JavaClass type) {
		return type.isEquivalentTo(Internal.class) || type.getPackageName().equals(BASE + ".log");
	}

	private static ArchCondition<JavaClass> useOnlyWhatTheirPackageMayUse() {
		return new ArchCondition<>("use only what their package may use") {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				Optional<String> origin = lineOf(type);
				if (origin.isEmpty()) {
					events.add(SimpleConditionEvent.violated(type, type.getName() + " is in a package without a line"));
					return;
				}
				for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
					JavaClass target = dependency.getTargetClass().getBaseComponentType();
					if (target.getPackageName().startsWith(BASE)) {
						boolean allowed = isForAll(target) || lineOf(target)
							.filter((name) -> name.equals(origin.get()) || MAY_USE.get(origin.get()).contains(name))
							.isPresent();
						events.add(new SimpleConditionEvent(dependency, allowed, dependency.getDescription()));
					}
				}
			}

		};
	}

	private static Set<String> union(Set<String> names, String more) {
		return Stream.concat(names.stream(), Stream.of(more)).collect(Collectors.toUnmodifiableSet());
	}

	private static Optional<String> lineOf(JavaClass type) {
		return MAY_USE.keySet()
			.stream()
			.filter((name) -> (type.getPackageName() + ".").startsWith(BASE + "." + name + "."))
			.max(Comparator.comparingInt(String::length));
	}

	private static ArchCondition<JavaClass> resideInANullMarkedPackage() {
		return new ArchCondition<>("reside in a package annotated with @NullMarked") {

			@Override
			public void check(JavaClass type, ConditionEvents events) {
				boolean satisfied = type.getPackage().isAnnotatedWith(NullMarked.class);
				events.add(new SimpleConditionEvent(type, satisfied, "the package of " + type.getName()
						+ (satisfied ? " is" : " is not") + " annotated with @NullMarked"));
			}

		};
	}

	private static DescribedPredicate<JavaAccess<?>> blocksOrPrints() {
		return DescribedPredicate.describe("blocks a thread or prints", (access) -> {
			JavaClass owner = access.getTargetOwner();
			String name = access.getName();
			return (owner.isAssignableTo(Mono.class) && name.startsWith("block"))
					|| (owner.isAssignableTo(Flux.class)
							&& (name.startsWith("block") || name.equals("toIterable") || name.equals("toStream")))
					|| (owner.isEquivalentTo(Thread.class) && name.equals("sleep"))
					|| (owner.isEquivalentTo(System.class) && (name.equals("out") || name.equals("err")))
					|| name.equals("printStackTrace");
		});
	}

	private static DescribedPredicate<JavaMember> areNeitherDefaultConstructorsNorConstants() {
		return DescribedPredicate.describe("are neither default constructors nor constants", (member) -> {
			boolean defaultConstructor = member instanceof JavaConstructor constructor
					&& constructor.getRawParameterTypes().isEmpty();
			boolean constant = member instanceof JavaField && member.getModifiers().contains(JavaModifier.STATIC)
					&& member.getModifiers().contains(JavaModifier.FINAL);
			return !defaultConstructor && !constant;
		});
	}

}
