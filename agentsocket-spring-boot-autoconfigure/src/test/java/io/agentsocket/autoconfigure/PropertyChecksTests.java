package io.agentsocket.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.BDDMockito;
import org.mockito.Mockito;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Each property has a rule, and all values that break one are reported at once.
 */
@ExtendWith(OutputCaptureExtension.class)
class PropertyChecksTests {

	private static final Path METADATA = Path.of("target", "classes", "META-INF", "spring-configuration-metadata.json");

	/** Properties with a domain any value of which is right; none so far. */
	private static final Set<String> ANYTHING_GOES = Set.of();

	/** Values that are wrong, of properties whose type does not say so. */
	private static final Map<String, String> WRONG = Map.ofEntries(Map.entry("agentsocket.server.path", "tools"),
			Map.entry("agentsocket.server.allowed-origins", "example.com"),
			Map.entry("agentsocket.server.allowed-origin-patterns", "https://a.example/b"),
			Map.entry("agentsocket.server.allowed-hosts", "https://a.example"),
			Map.entry("agentsocket.server.codecs", "cbor,xml"), Map.entry("agentsocket.audit.exclude", "a*b"),
			Map.entry("agentsocket.audit.redact", "--"), Map.entry("agentsocket.session.redis.namespace", "{a}"),
			Map.entry("agentsocket.client.uri", "http://a.example"),
			Map.entry("agentsocket.client.uris", "ws://a.example/x,ws:///b"),
			Map.entry("agentsocket.client.codec", "xml"), Map.entry("agentsocket.client.ssl.bundle", "none"),
			Map.entry("agentsocket.client.bearer-token", "hidden token"),
			Map.entry("agentsocket.client.headers.Upgrade", "hidden"), Map.entry("agentsocket.function.path", "/"),
			Map.entry("agentsocket.function.secrets", "hidden"),
			Map.entry("agentsocket.relay.callback.url", "ftp://a.example"),
			Map.entry("agentsocket.relay.callback.path", "functions"),
			Map.entry("agentsocket.relay.callback.secret", "hidden"), Map.entry("agentsocket.mcp.path", "mcp"),
			Map.entry("agentsocket.mcp.name", " "), Map.entry("agentsocket.mcp.version", "1".repeat(65)),
			Map.entry("agentsocket.mcp.instructions", "x".repeat(16_385)),
			Map.entry("agentsocket.server.bounds.tool-invocations-per-second.search", "0"));

	/** Properties with names of their own below them. */
	private static final Set<String> MAPS = Set.of("agentsocket.client.headers",
			"agentsocket.server.bounds.tool-invocations-per-second");

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class));

	@Test
	void everyPropertyWithADomainHasARule() {
		Map<String, String> examples = new PropertyChecks(Set::of, Set::of, (type) -> true).examples();
		Set<String> unchecked = new TreeSet<>();
		types().forEach((name, type) -> {
			if (!isCheckedByItsType(type) && !examples.containsKey(name)) {
				unchecked.add(name);
			}
		});
		assertThat(unchecked).containsExactlyInAnyOrderElementsOf(ANYTHING_GOES);
		assertThat(types().keySet()).containsAll(examples.keySet());
	}

	@Test
	void allMistakesAreReportedAtOnce() {
		List<String> settings = new ArrayList<>();
		Set<String> expected = new TreeSet<>();
		WRONG.forEach((name, value) -> settings.add(name + "=" + value));
		types().forEach((name, type) -> {
			if (!name.equals("agentsocket.enabled")) {
				expected.add(name);
				wrong(type).ifPresent((value) -> settings.add(name + "=" + value));
			}
		});
		assertThat(expected).hasSizeGreaterThan(50);
		this.runner.withPropertyValues(settings.toArray(String[]::new)).run((context) -> {
			assertThat(context).hasFailed();
			Map<String, PropertyMistake> mistakes = new HashMap<>();
			failure(context.getStartupFailure()).mistakes()
				.forEach((mistake) -> mistakes.put(mistake.property(), mistake));
			assertThat(mistakes.keySet()).containsExactlyInAnyOrderElementsOf(expected);
			FailureAnalysis analysis = analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).startsWith("The values of " + expected.size() + " properties")
				.contains("Value: \"tools\"", "Origin: \"agentsocket.server.path\"")
				.doesNotContain("hidden");
			expected.forEach((name) -> assertThat(analysis.getAction()).contains("    " + name + ": "));
		});
	}

	@Test
	void theExampleOfEachRuleFits() {
		List<String> settings = new ArrayList<>();
		new PropertyChecks(Set::of, Set::of, (type) -> true).examples()
			.forEach(
					(name, example) -> settings.add(MAPS.contains(name) ? name + "." + example : name + "=" + example));
		settings.removeIf((setting) -> setting.startsWith("agentsocket.client.uri=")
				|| setting.startsWith("agentsocket.client.ssl.bundle="));
		this.runner.withPropertyValues(settings.toArray(String[]::new))
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@CsvSource({ "session.store, disk, 'auto, memory, redis'", "client.uri-policy, last, in-order",
			"server.keep-alive, soon, a time such as", "server.limits.window, much, a size such as",
			"server.max-sessions, many, a whole number", "client.uri, 'ws://[', an address such as",
			"server.drain-timeout, '${nowhere}', nowhere", "server.keep-alive, 500ms, from 1s",
			"server.keep-alive, 99999d, 3650d", "client.uri, ws://a.example:70000/x, 65535",
			"client.uri, ws://a.example/x#y, fragment", "client.uri, '', It must be an address",
			"server.path, '/a{b}', variables", "client.headers.Sec-WebSocket-Key, x, set by the upgrade",
			"server.codecs, '', at least one codec", "server.allowed-origins, example.com, write https://example.com",
			"session.pod-timeout, 900ms, from 1s", "client.ssl.bundle, mine, There is no SSL bundle" })
	void theReportOfOneMistakeSaysTheRule(String name, String value, String rule) {
		String property = "agentsocket." + name;
		this.runner.withPropertyValues(property + "=" + value).run((context) -> {
			assertThat(context).hasFailed();
			FailureAnalysis analysis = analyze(context.getStartupFailure());
			assertThat(analysis.getDescription()).startsWith("The value of a property of Agent Socket does not fit:")
				.contains("Property: " + property.replaceFirst("(headers)\\..*", "$1"))
				.contains(rule);
		});
	}

	@ParameterizedTest
	@CsvSource({ "client.uris, 'ws://a.example/x,', 'An address is empty.'",
			"client.uris, 'ws://a.example/x,,http://b.example', 'An address is empty.'",
			"server.allowed-origins, 'https://a.example,', 'An origin has a scheme'",
			"server.allowed-origin-patterns, 'https://a.example,', 'An origin has a scheme'",
			"server.allowed-hosts, 'a.example,', 'name of a host'", "server.codecs, 'cbor,', There is no codec",
			"audit.exclude, 'a,', 'Each of them'", "audit.redact, 'a,', 'Each of them'",
			"function.secrets, 'a,', 'A secret is'", "functions.shop.allowed-urls, 'https://a.example,', 'an address'",
			"functions.shop.secrets, 'a,', 'A secret is'",
			"functions.shop.actions[0].keys, 'a,', 'A key has 1 to 64 characters'" })
	void anElementThatIsEmptyIsToldBesideOtherMistakes(String name, String value, String rule) {
		String property = "agentsocket." + name;
		this.runner
			.withPropertyValues("agentsocket.server.path=tools", "agentsocket.functions.shop.url=https://a.example",
					property + "=" + value)
			.run((context) -> {
				assertThat(context).hasFailed();
				assertThat(failure(context.getStartupFailure()).mistakes())
					.anySatisfy((mistake) -> assertThat(mistake.property()).isEqualTo("agentsocket.server.path"))
					.anySatisfy((mistake) -> {
						assertThat(property).startsWith(mistake.property());
						assertThat(mistake.rule()).contains(rule);
					});
			});
	}

	@Test
	void aRuleThatThrowsIsAMistakeOfItsProperty() {
		PropertyRule<String> rule = new PropertyRule<>("agentsocket.server.path", (all) -> "/x", (path) -> {
			throw new IllegalStateException("broken rule");
		}, "/agentsocket");
		this.runner.run((context) -> assertThat(rule.check(context.getBean(AgentSocketProperties.class)))
			.isEqualTo("It cannot be checked: java.lang.IllegalStateException: broken rule."));
	}

	/** Conditions read the text, and would take these for the other value. */
	@ParameterizedTest
	@ValueSource(strings = { "yes", "on", "1", "no", "", " " })
	void aTruthValueIsWrittenAsTrueOrFalse(String value) {
		Set<String> names = new TreeSet<>(Set.of("agentsocket.functions.shop.enabled"));
		types().forEach((name, type) -> {
			if (type.equals("java.lang.Boolean")) {
				names.add(name);
			}
		});
		assertThat(names).hasSizeGreaterThan(20);
		this.runner.withPropertyValues(names.stream().map((name) -> name + "=" + value).toArray(String[]::new))
			.run((context) -> assertThat(failure(context.getStartupFailure()).mistakes())
				.filteredOn((mistake) -> mistake.rule().equals("It must be true or false."))
				.extracting(PropertyMistake::property)
				.containsExactlyInAnyOrderElementsOf(names));
	}

	@ParameterizedTest
	@CsvSource({ "TRUE, true", "False, false", "${there:true}, true" })
	void truthValuesOfAnyCaseAndByPlaceholdersFit(String value, boolean expected) {
		this.runner.withPropertyValues("agentsocket.enabled=True", "agentsocket.audit.arguments=" + value)
			.run((context) -> assertThat(context.getBean(AgentSocketProperties.class).audit().arguments())
				.isEqualTo(expected));
		this.runner.withPropertyValues("agentsocket.enabled=FALSE", "agentsocket.server.path=tools")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(AgentSocketProperties.class));
	}

	@Test
	void mistakesAreToldAtTheStartOfAnApplicationThatMakesBeansLater() {
		this.runner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.withPropertyValues("agentsocket.server.enabled=yes")
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.server.enabled"));
	}

	@Test
	void theReportIsWhatTheApplicationPrints(CapturedOutput output) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		assertThatException().isThrownBy(() -> application.run("--agentsocket.server.keep-alive=soon",
				"--agentsocket.session.store=disk", "--agentsocket.server.path=tools"));
		assertThat(output).containsOnlyOnce("The values of 3 properties of Agent Socket do not fit:")
			.contains("Rule: It must be one of: auto, memory, redis.")
			.contains("agentsocket.server.path: Such as /agentsocket");
	}

	@SpringBootConfiguration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

	}

	@Test
	void aPropertyThatNothingReadsIsNamedWithTheOneThatIsProbablyMeant(CapturedOutput output) {
		this.runner
			.withPropertyValues("agentsocket.sever.alowed-origins=https://a.example", "agentsocket.colour=red",
					"agentsocket.server.maxSessions=5", "agentsocket.client.headers.X-Own=1",
					"agentsocket.server.codecs[0]=cbor", "agentsocket.console.enabled=false",
					"agentsocket.client.headers.dotted.name=1", "agentsocket.client.ssl.bundel=mine")
			.run((context) -> assertThat(context).hasNotFailed());
		assertThat(output)
			.containsOnlyOnce("Nothing reads the property agentsocket.sever.alowed-origins "
					+ "(\"agentsocket.sever.alowed-origins\" from property source \"test\"). "
					+ "Is agentsocket.server.allowed-origins meant?")
			.containsOnlyOnce("Nothing reads the property agentsocket.colour (\"agentsocket.colour\" from property "
					+ "source \"test\").")
			.contains("agentsocket.client.ssl.bundel (", "Is agentsocket.client.ssl.bundle meant?")
			.doesNotContain("maxSessions", "X-Own", "dotted", "codecs", "console");
	}

	@Test
	void anElementOfAListIsNamed() {
		this.runner
			.withPropertyValues("agentsocket.client.uris[0]=ws://a.example/x", "agentsocket.client.uris[1]=ws://[")
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.client.uris[1]"));
	}

	@ParameterizedTest
	@CsvSource({ "agentsocket.mcp.path=/agentsocket, agentsocket.mcp.path",
			"agentsocket.server.path=/mcp, agentsocket.server.path" })
	void twoEndpointsHaveTwoPaths(String setting, String blamed) {
		this.runner.withPropertyValues(setting).run((context) -> assertThat(context).hasNotFailed());
		this.runner.withPropertyValues("agentsocket.mcp.enabled=true", setting)
			.run((context) -> assertThat(Failures.property(context.getStartupFailure())).isEqualTo(blamed));
	}

	@Test
	void limitsThatAreWrongByThemselvesAreNotComparedWithOthers() {
		this.runner
			.withPropertyValues("agentsocket.server.limits.frame=1B", "agentsocket.server.limits.item=2KB",
					"agentsocket.server.limits.assembly=1KB")
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.server.limits.frame, agentsocket.server.limits.assembly"));
	}

	@Test
	void allThatLacksItsLibraryIsNamed() {
		ApplicationContextRunner asked = this.runner.withPropertyValues("agentsocket.client.uris=ws://a.example/x",
				"agentsocket.functions.search.url=https://a.example",
				"agentsocket.functions.search.actions[0].name=search", "agentsocket.spring-ai.offer-tools=true",
				"agentsocket.spring-ai.side-by-side=true", "agentsocket.spring-ai.provider=true",
				"agentsocket.security.tickets.enabled=true", "agentsocket.server.path=tools");
		asked
			.withClassLoader(
					new FilteredClassLoader("reactor.netty", "org.springframework.ai", "org.springframework.security"))
			.run((context) -> {
				assertThat(Failures.property(context.getStartupFailure()).split(", ")).containsExactlyInAnyOrder(
						"agentsocket.server.path", "agentsocket.client.uris", "agentsocket.functions",
						"agentsocket.spring-ai.offer-tools", "agentsocket.spring-ai.side-by-side",
						"agentsocket.spring-ai.provider", "agentsocket.security.tickets.enabled");
				assertThat(analyze(context.getStartupFailure()).getAction()).contains(
						"io.projectreactor.netty:reactor-netty-http", "org.springframework.ai:spring-ai-model",
						"org.springframework.boot:spring-boot-starter-security");
			});
		asked.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
			.isEqualTo("agentsocket.server.path"));
	}

	@Test
	void codecsOfTheApplicationAreKnownOnceTheyAreThere() {
		Codec own = Mockito.mock(Codec.class);
		BDDMockito.given(own.name()).willReturn("own");
		this.runner.withPropertyValues("agentsocket.client.codec=own", "agentsocket.server.codecs=own")
			.withBean("own", Codec.class, () -> own)
			.run((context) -> assertThat(context).hasNotFailed());
		this.runner.withPropertyValues("agentsocket.client.codec=own")
			.withBean("io.agentsocket.jsonCodec", JacksonCodec.class, JacksonCodec::json)
			.run((context) -> assertThat(Failures.property(context.getStartupFailure()))
				.isEqualTo("agentsocket.client.codec"));
	}

	@Test
	void propertiesOfOthersAreBoundAsAlways() {
		this.runner.withUserConfiguration(Others.class)
			.withPropertyValues("agentsocket.others.time=soon")
			.run((context) -> assertThat(context.getStartupFailure())
				.hasRootCauseInstanceOf(IllegalArgumentException.class)
				.hasMessageContaining("agentsocket.others"));
		this.runner.withUserConfiguration(Others.class)
			.withPropertyValues("agentsocket.others.time=1s")
			.run((context) -> assertThat(context.getBean(OtherProperties.class).time())
				.isEqualTo(Duration.ofSeconds(1)));
	}

	@ConfigurationProperties("agentsocket.others")
	record OtherProperties(Duration time) {

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(OtherProperties.class)
	static class Others {

	}

	private static InvalidPropertiesException failure(Throwable failure) {
		Throwable cause = failure;
		while (!(cause instanceof InvalidPropertiesException)) {
			cause = cause.getCause();
		}
		return (InvalidPropertiesException) cause;
	}

	private static FailureAnalysis analyze(Throwable failure) {
		FailureAnalysis analysis = new InvalidPropertiesFailureAnalyzer().analyze(failure);
		assertThat(analysis).isNotNull();
		return analysis;
	}

	@SuppressWarnings("unchecked")
	private static Map<String, String> types() {
		Map<String, Object> metadata = JsonMapper.shared().readValue(METADATA.toFile(), Map.class);
		Map<String, String> types = new TreeMap<>();
		((List<Map<String, String>>) metadata.get("properties"))
			.forEach((property) -> types.put(property.get("name"), property.get("type")));
		// Spring Boot binds and checks the properties of endpoints.
		types.keySet().removeIf((name) -> name.startsWith("management."));
		// FunctionPropertiesTests checks those of functions.
		types.remove("agentsocket.functions");
		return types;
	}

	/** A text that is none of the constants cannot be bound. */
	private static boolean isCheckedByItsType(String type) {
		return type.equals("java.lang.Boolean") || isEnum(type);
	}

	private static boolean isEnum(String type) {
		try {
			return Class.forName(type.replaceFirst("<.*", "")).isEnum();
		}
		catch (ClassNotFoundException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Optional<String> wrong(String type) {
		return switch (type) {
			case "java.time.Duration" -> Optional.of("-1s");
			case "org.springframework.util.unit.DataSize" -> Optional.of("-1B");
			case "java.lang.Integer" -> Optional.of("-1");
			case "java.lang.Boolean" -> Optional.of("perhaps");
			default -> isEnum(type) ? Optional.of("nonsense") : Optional.empty();
		};
	}

}
