package io.agentsocket;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.agentsocket.action.Action;
import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.Invocation;
import io.agentsocket.annotation.Internal;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.event.EventListeners;
import io.agentsocket.langchain4j.AgentSocketToolProvider;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.server.ServerBounds;
import io.agentsocket.server.ServerSettings;
import io.agentsocket.session.AgentSession;
import io.agentsocket.springai.AgentSocketTools;
import io.agentsocket.springai.ParallelToolCalls;
import io.agentsocket.test.AgentSocketTester;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.mockito.Mockito;

import org.springframework.core.MethodParameter;
import org.springframework.core.Nullness;
import org.springframework.core.ReactiveAdapterRegistry;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each setter of each builder of the API refuses an argument that does not fit, where it
 * is called: {@code null} where nothing says that it may be, and a negative time.
 */
class BuilderArgumentsTests {

	private static final Map<String, Supplier<Object>> BRIDGES = Map.of("AgentSocketTools$Builder",
			() -> AgentSocketTools.builder(Mockito.mock(AgentSocketClient.class)), "ParallelToolCalls$Builder",
			ParallelToolCalls::builder, "AgentSocketToolProvider$Builder",
			() -> AgentSocketToolProvider.builder(Mockito.mock(AgentSocketClient.class)));

	private static final Map<String, Supplier<Object>> BUILDERS = with(BRIDGES,
			Map.of("Action$Builder", () -> Action.named("a"), "Invocation$Builder",
					() -> Invocation.of("a", Mockito.mock(AgentSession.class), JacksonCodec.json(), String.class, false,
							() -> "1"),
					"AgentTools$Builder", AgentTools::builder, "EventListeners$Builder", EventListeners::builder,
					"ServerSettings$Builder", ServerSettings::builder, "ServerBounds$Builder", ServerBounds::builder,
					"AgentSocketServerBuilder", () -> AgentSocketServer.builder(new ActionCatalog()),
					"AgentSocketClientBuilder", () -> AgentSocketClient.builder("ws://127.0.0.1/x"),
					"AgentSocketTesterBuilder", () -> AgentSocketTester.connectTo(URI.create("ws://127.0.0.1/x"))));

	private static <K, V> Map<K, V> with(Map<K, V> some, Map<K, V> others) {
		Map<K, V> all = new LinkedHashMap<>(some);
		all.putAll(others);
		return all;
	}

	@Test
	void noBuilderIsLeftOut() {
		// The notes of packages tell which of them are internal.
		Set<String> found = new ClassFileImporter()
			.withImportOption(
					(location) -> location.contains("Builder.class") || location.contains("package-info.class"))
			.importPath(Path.of("target", "classes", "io", "agentsocket"))
			.stream()
			.filter((type) -> type.getName().endsWith("Builder") && type.getModifiers().contains(JavaModifier.PUBLIC)
					&& !isInternal(type))
			.map((type) -> type.getName().replaceFirst(".*\\.", ""))
			.collect(Collectors.toSet());
		assertThat(found).containsExactlyInAnyOrderElementsOf(BUILDERS.keySet());
	}

	private static boolean isInternal(JavaClass type) {
		return type.isAnnotatedWith(Internal.class) || type.getPackage().isAnnotatedWith(Internal.class)
				|| type.getEnclosingClass().filter(BuilderArgumentsTests::isInternal).isPresent();
	}

	static Stream<Method> setters() {
		return BUILDERS.values()
			.stream()
			.map((builder) -> builder.get().getClass())
			.flatMap((type) -> Arrays.stream(type.getMethods())
				.filter((method) -> method.getReturnType() == type && method.getParameterCount() > 0
						&& !Modifier.isStatic(method.getModifiers())));
	}

	@ParameterizedTest
	@MethodSource("setters")
	void refusesNull(Method setter) throws Exception {
		for (int i = 0; i < setter.getParameterCount(); i++) {
			MethodParameter parameter = new MethodParameter(setter, i);
			if (parameter.getParameterType().isPrimitive()
					|| Nullness.forMethodParameter(parameter) == Nullness.NULLABLE) {
				continue;
			}
			Object[] arguments = arguments(setter);
			arguments[i] = null;
			assertThat(failure(setter, arguments)).as("null as parameter %d of %s", i, setter)
				.isInstanceOf(IllegalArgumentException.class)
				.message()
				.containsIgnoringCase(setter.getParameters()[i].getName());
		}
	}

	@ParameterizedTest
	@MethodSource("setters")
	void refusesANegativeTime(Method setter) throws Exception {
		if (setter.getParameterTypes()[0] == Duration.class) {
			assertThat(failure(setter, Duration.ofMillis(-1))).as(setter.toString())
				.isInstanceOf(IllegalArgumentException.class)
				.hasMessageContaining("PT-0.001S");
		}
	}

	private static Throwable failure(Method setter, Object... arguments) throws Exception {
		Object builder = BUILDERS.values()
			.stream()
			.map(Supplier::get)
			.filter(setter.getDeclaringClass()::isInstance)
			.findFirst()
			.orElseThrow();
		try {
			setter.invoke(builder, arguments);
			return null;
		}
		catch (InvocationTargetException ex) {
			return ex.getCause();
		}
	}

	private static Object[] arguments(Method setter) {
		List<Object> arguments = new ArrayList<>();
		for (Class<?> type : setter.getParameterTypes()) {
			arguments.add(argument(type));
		}
		return arguments.toArray();
	}

	private static Object argument(Class<?> type) {
		if (type == String.class) {
			return "x";
		}
		if (type == Class.class) {
			return String.class;
		}
		if (type == int.class) {
			return 1;
		}
		if (type == boolean.class) {
			return true;
		}
		if (type == Consumer.class) {
			return (Consumer<Object>) (given) -> {
			};
		}
		if (type == Executor.class) {
			return (Executor) Runnable::run;
		}
		if (type == ReactiveAdapterRegistry.class) {
			return ReactiveAdapterRegistry.getSharedInstance();
		}
		return Modifier.isFinal(type.getModifiers()) ? null : Mockito.mock(type);
	}

}
