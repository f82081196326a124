package io.agentsocket.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.agentsocket.action.ActionCatalog;
import io.agentsocket.action.ActionRanking;
import io.agentsocket.action.QuestionSender;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.client.AgentSocketClientAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.client.AgentSocketClient;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.CodecException;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.session.InMemorySessionStore;
import io.agentsocket.session.SessionStore;
import io.agentsocket.tool.AgentTools;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link AgentSocketAutoConfiguration} and of what the auto-configurations do
 * together, without a web application.
 */
class AgentSocketAutoConfigurationTests {

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, TaskExecutionAutoConfiguration.class,
				AgentSocketSessionAutoConfiguration.class, AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketToolAutoConfiguration.class,
				AgentSocketServerAutoConfiguration.class, AgentSocketClientAutoConfiguration.class));

	@Test
	void works() {
		this.runner.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBeanProvider(Codec.class).orderedStream().map(Codec::name))
				.containsExactlyInAnyOrder("cbor", "json");
			assertThat(context).hasSingleBean(ActionCatalog.class)
				.hasSingleBean(ActionRanking.class)
				.hasSingleBean(QuestionSender.class)
				.hasSingleBean(AgentTools.class)
				.doesNotHaveBean(SessionStore.class)
				.doesNotHaveBean(AgentSocketClient.class);
		});
	}

	@Test
	void canBeSwitchedOff() {
		this.runner.withPropertyValues("agentsocket.enabled=false", "agentsocket.client.uri=ws://127.0.0.1:1/x")
			.run((context) -> assertThat(context).doesNotHaveBean(ActionCatalog.class)
				.doesNotHaveBean(Codec.class)
				.doesNotHaveBean(AgentTools.class)
				.doesNotHaveBean(AgentSocketClient.class)
				.doesNotHaveBean(AgentSocketProperties.class));
	}

	@Test
	void codecsKnowTypesAsTheApplicationDoes() {
		this.runner.withPropertyValues("spring.jackson.property-naming-strategy=SNAKE_CASE").run((context) -> {
			for (Codec codec : context.getBeansOfType(Codec.class).values()) {
				assertThat(codec.<Map<String, Object>>decode(codec.encode(new Point(1)), Map.class)).as(codec.name())
					.isEqualTo(Map.of("x_axis", 1));
			}
		});
	}

	@Test
	void codecUsesTheCborBuilderWithoutAMapper() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class))
			.withBean(CBORMapper.Builder.class,
					() -> CBORMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.UPPER_CAMEL_CASE))
			.run((context) -> {
				Codec codec = context.getBean("io.agentsocket.cborCodec", Codec.class);
				assertThat(codec.<Map<String, Object>>decode(codec.encode(new Point(1)), Map.class))
					.isEqualTo(Map.of("XAxis", 1));
			});
	}

	@Test
	void workWithoutMappers() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(AgentSocketAutoConfiguration.class))
			.run((context) -> assertThat(context.getBeansOfType(Codec.class)).hasSize(2));
	}

	@Test
	void codecsBoundTheDepthOfPayloads() {
		this.runner.withPropertyValues("agentsocket.server.limits.depth=4").run((context) -> {
			Codec codec = context.getBean("io.agentsocket.jsonCodec", Codec.class);
			byte[] nested = "[[[[[1]]]]]".getBytes(StandardCharsets.UTF_8);
			assertThat(
					org.assertj.core.api.Assertions.catchException(() -> codec.decode(Bytes.of(nested), Object.class)))
				.isInstanceOf(CodecException.class);
		});
	}

	@Test
	void offersJsonOnlyWithoutCbor() {
		this.runner.withClassLoader(new FilteredClassLoader("tools.jackson.dataformat.cbor"))
			.run((context) -> assertThat(context.getBeansOfType(Codec.class))
				.containsOnlyKeys("io.agentsocket.jsonCodec"));
	}

	@Test
	void backsOffForBeansOfTheApplication() {
		SessionStore store = new InMemorySessionStore();
		ActionRanking ranking = (action, query, words) -> 1;
		AgentTools tools = AgentTools.builder().build();
		JacksonCodec json = JacksonCodec.json();
		JacksonCodec cbor = JacksonCodec.cbor();
		QuestionSender questionSender = new QuestionSender(TypeSchemas.NONE, Duration.ofSeconds(1));
		this.runner.withBean("io.agentsocket.jsonCodec", JacksonCodec.class, () -> json)
			.withBean("io.agentsocket.cborCodec", JacksonCodec.class, () -> cbor)
			.withBean("mine", SessionStore.class, () -> store)
			.withBean(ActionRanking.class, () -> ranking)
			.withBean(AgentTools.class, () -> tools)
			.withBean(QuestionSender.class, () -> questionSender)
			.run((context) -> {
				assertThat(context.getBeansOfType(Codec.class).values()).containsExactlyInAnyOrder(json, cbor);
				assertThat(context.getBean(SessionStore.class)).isSameAs(store);
				assertThat(context.getBean(ActionRanking.class)).isSameAs(ranking);
				assertThat(context.getBean(AgentTools.class)).isSameAs(tools);
				assertThat(context.getBean(QuestionSender.class)).isSameAs(questionSender);
			});
	}

	@Test
	void customizersOfToolsHaveTheLastWord() {
		AtomicInteger calls = new AtomicInteger();
		this.runner.withBean(AgentToolsCustomizer.class, () -> (builder) -> calls.incrementAndGet()).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(calls).hasValue(1);
		});
	}

	record Point(int xAxis) {

	}

}
