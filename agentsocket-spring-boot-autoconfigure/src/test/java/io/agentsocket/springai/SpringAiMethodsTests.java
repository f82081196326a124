package io.agentsocket.springai;

import java.awt.image.BufferedImage;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.agentsocket.action.Action;
import io.agentsocket.bridge.CallArguments;
import io.agentsocket.protocol.ActionException;
import io.agentsocket.protocol.ErrorCode;
import io.agentsocket.protocol.Violation;
import io.agentsocket.security.SecurityToolGuard;
import io.agentsocket.tool.AgentTools;
import io.agentsocket.tool.InvalidToolsException;
import io.swagger.v3.oas.annotations.media.Schema;
import jakarta.validation.Validation;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Size;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.ai.tool.execution.ToolCallResultConverter;
import org.springframework.ai.tool.method.MethodToolCallbackProvider;
import org.springframework.aop.framework.ProxyFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.security.access.prepost.PreAuthorize;
import org.springframework.security.config.annotation.method.configuration.EnableMethodSecurity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Methods of all kinds that Spring AI takes, called by it and as actions.
 */
class SpringAiMethodsTests {

	private final Methods methods = new Methods("sesame");

	private final AgentTools tools = AgentTools.builder()
		.validator(Validation.buildDefaultValidatorFactory().getValidator())
		.build();

	private final ServedActions served = new ServedActions();

	private final Map<String, ToolCallback> springAi = new HashMap<>();

	private final Map<String, Action> actions = new HashMap<>();

	@BeforeEach
	void read() {
		for (ToolCallback callback : MethodToolCallbackProvider.builder()
			.toolObjects(this.methods)
			.build()
			.getToolCallbacks()) {
			this.springAi.put(SpringAiDialect.nameOf(callback.getToolDefinition().name()), callback);
		}
		for (Action action : SpringAiActions.ofMethods(this.tools, this.methods)) {
			this.actions.put(action.name(), action);
			this.served.server.catalog().add(action);
		}
	}

	@AfterEach
	void close() {
		this.served.close();
	}

	private Object invoke(String action, String json) {
		return this.served.invoke(action, json);
	}

	@Test
	void areTheSameTools() {
		assertThat(this.actions.keySet()).isEqualTo(this.springAi.keySet())
			.contains("doubled", "spell", "_odd")
			.doesNotContain("later");
	}

	@Test
	void haveTheSameArguments() {
		this.actions.forEach((name, action) -> {
			Map<String, Object> expected = CallArguments
				.read(this.springAi.get(name).getToolDefinition().inputSchema());
			assertThat(names(action.input())).as(name).isEqualTo(names(expected));
			assertThat(required(action.input())).as(name).isEqualTo(required(expected));
			assertThat(descriptions(action.input())).as(name).isEqualTo(descriptions(expected));
		});
	}

	private static Map<String, Map<String, Object>> properties(Map<String, Object> schema) {
		Map<String, Map<String, Object>> properties = new HashMap<>();
		((Map<?, ?>) schema.getOrDefault("properties", Map.of())).forEach((name, property) -> {
			Map<String, Object> members = new HashMap<>();
			((Map<?, ?>) property).forEach((key, value) -> members.put((String) key, value));
			properties.put((String) name, members);
		});
		return properties;
	}

	private static List<String> names(Map<String, Object> schema) {
		return properties(schema).keySet().stream().sorted().toList();
	}

	private static List<Object> required(Map<String, Object> schema) {
		List<Object> required = new ArrayList<>((List<?>) schema.getOrDefault("required", List.of()));
		required.sort(null);
		return required;
	}

	private static Map<String, Object> descriptions(Map<String, Object> schema) {
		Map<String, Object> descriptions = new HashMap<>();
		properties(schema).forEach((name, property) -> {
			if (property.get("description") instanceof String text) {
				descriptions.put(name, text);
			}
		});
		return descriptions;
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			doubled  | {"n":21}
			spell    | {"word":"open"}
			hidden   | {}
			same     | {"value":{"a":[1,true,null]}}
			same     | {"value":"text"}
			largest  | {"values":[1,3,2]}
			arrays   | {"values":[["a"],["b","c"]]}
			wild     | {}
			plus     | {"a":1,"b":2}
			switches | {"a":true,"b":"x","c":1.5}
			hinted   | {"city":"Ulm","unit":"C"}
			hinted   | {"city":"Ulm"}
			placed   | {"place":{"city":"Ulm","zip":89073}}
			placed   | {"place":{"city":"Ulm"}}
			shouted  | {"text":"hey"}
			shouted  | {"text":"nothing"}
			counted  | {}
			_odd     | {}
			""")
	void giveTheSameResults(String tool, String arguments) {
		String expected = this.springAi.get(tool).call(arguments);
		assertThat(invoke(tool, arguments)).isEqualTo(CallArguments.readOrText(expected));
	}

	@Test
	void anOptionalPrimitiveThatIsAbsentIsZero() {
		assertThat(invoke("plus", "{\"a\":1}")).isEqualTo(1);
		assertThat(invoke("plus", "{\"a\":1,\"b\":null}")).isEqualTo(1);
		assertThat(invoke("switches", "{}")).isEqualTo("false \0 0.0");
	}

	@Test
	void aPictureIsWrittenAsSpringAiDoes() {
		Object picture = invoke("picture", "{}");
		assertThat(picture).isInstanceOf(Map.class).extracting("mimeType").isEqualTo("image/png");
		assertThat(Base64.getDecoder().decode((String) ((Map<?, ?>) picture).get("data"))).startsWith(0x89, 'P', 'N',
				'G');
	}

	@Test
	void constraintsOfAStaticMethodHold() {
		for (String arguments : List.of("{\"n\":100}", "{\"n\":\"x\"}", "{}")) {
			assertThatExceptionOfType(ActionException.class).isThrownBy(() -> invoke("doubled", arguments))
				.satisfies((ex) -> assertThat(ex.violations()).extracting(Violation::pointer).containsExactly("/n"));
		}
	}

	@Test
	void constraintsOfAPrivateMethodHold() {
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> invoke("spell", "{\"word\":\"toolong\"}"))
			.satisfies((ex) -> assertThat(ex.violations()).extracting(Violation::pointer).containsExactly("/word"));
	}

	@Test
	void boundsOfAVariableHold() {
		assertThatExceptionOfType(ActionException.class).isThrownBy(() -> invoke("rounded", "{\"value\":\"x\"}"))
			.satisfies((ex) -> assertThat(ex.violations()).extracting(Violation::pointer).containsExactly("/value"));
		assertThat(invoke("rounded", "{\"value\":1.5}")).isEqualTo(2);
	}

	@Test
	void aPrivateMethodRunsOnTheObjectBehindAProxy() {
		ProxyFactory factory = new ProxyFactory(new Methods("behind"));
		factory.setProxyTargetClass(true);
		Action hidden = SpringAiActions.ofMethods(this.tools, factory.getProxy())
			.stream()
			.filter((action) -> action.name().equals("hidden"))
			.findFirst()
			.orElseThrow();
		this.served.server.catalog().remove("hidden");
		this.served.server.catalog().add(hidden);
		assertThat(invoke("hidden", "{}")).isEqualTo("behind");
	}

	@Test
	void aMethodThatNoProxySecuresIsRefused() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(Secured.class)) {
			AgentTools guarded = AgentTools.builder().guard(new SecurityToolGuard(context, false)).build();
			assertThatExceptionOfType(InvalidToolsException.class)
				.isThrownBy(() -> SpringAiActions.ofBeans(guarded, context))
				.satisfies((ex) -> assertThat(ex.problems()).hasSize(2).allSatisfy((problem) -> {
					assertThat(problem.method()).containsAnyOf("ruled", "common");
					assertThat(problem.problem()).startsWith("A rule of security holds for it");
				}));
		}
	}

	@Test
	void aMethodOfALazyBeanThatNoProxySecuresIsNotCalled() {
		try (AnnotationConfigApplicationContext context = new AnnotationConfigApplicationContext(LazilySecured.class)) {
			AgentTools guarded = AgentTools.builder().guard(new SecurityToolGuard(context, false)).build();
			SpringAiActions.ofBeans(guarded, context).forEach(this.served.server.catalog()::add);
			assertThat(invoke("open", "{}")).isEqualTo("open");
			assertThatExceptionOfType(ActionException.class).isThrownBy(() -> invoke("ruled", "{}"))
				.satisfies((ex) -> assertThat(ex.errorCode()).isEqualTo(ErrorCode.INTERNAL));
			assertThat(SecuredMethods.CALLS).hasValue(0);
		}
	}

	@Test
	void aConverterThatCannotBeMadeIsNamed() {
		assertThatExceptionOfType(InvalidToolsException.class)
			.isThrownBy(() -> SpringAiActions.ofMethods(this.tools, new Broken()))
			.satisfies((ex) -> assertThat(ex.problems()).singleElement()
				.extracting((problem) -> problem.problem())
				.asString()
				.contains(Unmakeable.class.getName()));
	}

	/** A place of a person. */
	record Place(@ToolParam(description = "Name of the city") String city, @ToolParam(required = false) Integer zip) {

	}

	/** Spring AI makes it by its public constructor. */
	public static class Shouting implements ToolCallResultConverter {

		@Override
		public String convert(Object result, Type returnType) {
			return (result != null) ? "{\"shout\":\"" + result.toString().toUpperCase() + "\"}"
					: "silence, " + returnType;
		}

	}

	static class Unmakeable implements ToolCallResultConverter {

		Unmakeable(String reason) {
			throw new IllegalStateException(reason);
		}

		@Override
		public String convert(Object result, Type returnType) {
			return "";
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	static class Secured {

		@Bean
		SecuredMethods methods() {
			return new SecuredMethods();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableMethodSecurity
	static class LazilySecured {

		@Bean
		@Lazy
		SecuredMethods methods() {
			return new SecuredMethods();
		}

	}

	static class SecuredMethods {

		private static final AtomicInteger CALLS = new AtomicInteger();

		@Tool
		@PreAuthorize("denyAll")
		private String ruled() {
			CALLS.incrementAndGet();
			return "ruled";
		}

		@Tool
		@PreAuthorize("denyAll")
		static String common() {
			CALLS.incrementAndGet();
			return "common";
		}

		@Tool
		private String open() {
			return "open";
		}

	}

	static class Broken {

		@Tool(resultConverter = Unmakeable.class)
		String broken() {
			return "";
		}

	}

	static class Methods {

		private final String word;

		Methods(String word) {
			this.word = word;
		}

		@Tool
		static int doubled(@Max(99) int n) {
			return 2 * n;
		}

		@Tool
		private String spell(@Size(max = 4) String word) {
			return word + " " + this.word;
		}

		@Tool
		private String hidden() {
			return this.word;
		}

		@Tool
		<T> T same(T value) {
			return value;
		}

		@Tool
		<N extends Number & Comparable<N>> N largest(List<N> values) {
			return Collections.max(values);
		}

		@Tool
		<T> List<T> arrays(List<T>[] values) {
			return Arrays.stream(values).flatMap(List::stream).toList();
		}

		@Tool
		<N extends Number> long rounded(N value) {
			return Math.round(value.doubleValue());
		}

		@Tool
		List<? extends Map<String, ?>> wild() {
			return List.of(Map.of("a", 1));
		}

		@Tool
		int plus(int a, @ToolParam(required = false) int b) {
			return a + b;
		}

		@Tool
		String switches(@ToolParam(required = false) boolean a, @ToolParam(required = false) char b,
				@ToolParam(required = false) double c) {
			return a + " " + b + " " + c;
		}

		@Tool
		String hinted(
				@JsonProperty(value = "other",
						required = true) @JsonPropertyDescription("Name of the city") String city,
				@JsonProperty("unit") @Schema(description = "Celsius by default") String unit,
				@Schema(requiredMode = Schema.RequiredMode.NOT_REQUIRED) String more) {
			return city + " " + unit + " " + more;
		}

		@Tool
		Place placed(Place place) {
			return place;
		}

		@Tool(resultConverter = Shouting.class)
		String shouted(String text) {
			return text.equals("nothing") ? null : text;
		}

		@Tool(resultConverter = Shouting.class)
		void counted() {
		}

		@Tool
		BufferedImage picture() {
			return new BufferedImage(2, 2, BufferedImage.TYPE_INT_RGB);
		}

		@Tool(name = "-odd")
		String odd() {
			return "odd";
		}

		@Tool
		Supplier<String> later() {
			return () -> "later";
		}

	}

}
