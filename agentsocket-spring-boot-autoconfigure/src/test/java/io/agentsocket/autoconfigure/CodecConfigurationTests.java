package io.agentsocket.autoconfigure;

import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.ActionDescriptor;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.autoconfigure.action.AgentSocketActionAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServerAutoConfiguration;
import io.agentsocket.autoconfigure.server.AgentSocketServletAutoConfiguration;
import io.agentsocket.autoconfigure.session.AgentSocketSessionAutoConfiguration;
import io.agentsocket.autoconfigure.tool.AgentSocketToolAutoConfiguration;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Bytes;
import io.agentsocket.server.AgentSocketServer;
import io.agentsocket.test.AgentSocketTester;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.dataformat.cbor.CBORMapper;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.CborMapperBuilderCustomizer;
import org.springframework.boot.jackson.autoconfigure.JacksonAutoConfiguration;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The configuration of types of an application holds in both codecs, as in the schemas.
 */
class CodecConfigurationTests {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final WebApplicationContextRunner runner = new WebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class, TaskExecutionAutoConfiguration.class,
				AgentSocketSessionAutoConfiguration.class, AgentSocketAutoConfiguration.class,
				AgentSocketActionAutoConfiguration.class, AgentSocketToolAutoConfiguration.class,
				AgentSocketServerAutoConfiguration.class, AgentSocketServletAutoConfiguration.class))
		.withBean(Shop.class);

	@Test
	void aCustomizerOfTheJsonMapperHoldsInBothCodecs() {
		this.runner
			.withBean(JsonMapperBuilderCustomizer.class,
					() -> (builder) -> builder.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
						.addModule(money()))
			.run(CodecConfigurationTests::isSnakeCaseInBothCodecs);
	}

	@Test
	void aJsonMapperOfTheApplicationHoldsInBothCodecs() {
		this.runner.withUserConfiguration(Mappers.class).run(CodecConfigurationTests::isSnakeCaseInBothCodecs);
	}

	@Test
	void propertiesOfJacksonHoldInBothCodecs() {
		this.runner.withPropertyValues("spring.jackson.property-naming-strategy=SNAKE_CASE")
			.withBean(SimpleModule.class, CodecConfigurationTests::money)
			.run(CodecConfigurationTests::isSnakeCaseInBothCodecs);
	}

	@Test
	void aMapperOfTheContextAboveHoldsInBothCodecs() {
		new WebApplicationContextRunner().withConfiguration(AutoConfigurations.of(JacksonAutoConfiguration.class))
			.withUserConfiguration(Mappers.class)
			.run((above) -> this.runner.withParent(above).run(CodecConfigurationTests::isSnakeCaseInBothCodecs));
	}

	private static void isSnakeCaseInBothCodecs(ApplicationContext context) {
		for (JacksonCodec codec : List.of(JacksonCodec.cbor(), JacksonCodec.json())) {
			try (AgentSocketTester agent = AgentSocketTester.bindTo(context.getBean(AgentSocketServer.class))
				.client((client) -> client.codec(codec))
				.build()) {
				agent.expectAction("shop.greet").arguments("first_name", "the_age");
				Map<?, ?> result = agent.invoke("shop.greet")
					.arguments(Map.of("first_name", "x", "the_age", 1))
					.expectValue(Map.class)
					.get();
				assertThat(result).as(codec.name()).isEqualTo(Map.of("first_name", "x", "the_age", 1));
				ActionDescriptor greet = agent.expectAction("shop.greet").get();
				assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
					.getSchema(JSON.valueToTree(Objects.requireNonNull(greet.output())))
					.validate(JSON.valueToTree(result))).as(codec.name()).isEmpty();
				agent.invoke("shop.greet")
					.arguments(Map.of("firstName", "x", "theAge", 1))
					.expectViolations("/firstName", "/theAge", "/first_name", "/the_age");
				agent.invoke("shop.pay").argument("amount", 5).expectValue(Integer.class).isEqualTo(5);
			}
		}
	}

	@Test
	void aMapperOfCborOfTheApplicationIsTaken() {
		WebApplicationContextRunner snakes = this.runner.withBean(JsonMapperBuilderCustomizer.class,
				() -> (builder) -> builder.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE));
		snakes.withUserConfiguration(Cbor.class).run((context) -> {
			assertThat(keys(context, "cbor")).containsOnly("FirstName", "TheAge");
			assertThat(keys(context, "json")).containsOnly("first_name", "the_age");
		});
		snakes.withBean(CBORMapper.Builder.class, CodecConfigurationTests::upper)
			.run((context) -> assertThat(keys(context, "cbor")).containsOnly("FirstName", "TheAge"));
		snakes
			.withBean(CborMapperBuilderCustomizer.class,
					() -> (builder) -> builder.propertyNamingStrategy(PropertyNamingStrategies.KEBAB_CASE))
			.run((context) -> assertThat(keys(context, "cbor")).containsOnly("first-name", "the-age"));
		new WebApplicationContextRunner().withUserConfiguration(Cbor.class)
			.run((above) -> snakes.withParent(above)
				.run((context) -> assertThat(keys(context, "cbor")).containsOnly("FirstName", "TheAge")));
	}

	private static Iterable<Object> keys(ApplicationContext context, String codec) {
		Codec bean = context.getBean("io.agentsocket." + codec + "Codec", Codec.class);
		Bytes bytes = bean.encode(new Person("x", 1));
		return Objects.requireNonNull(bean.<Map<Object, Object>>decode(bytes, Map.class)).keySet();
	}

	private static CBORMapper.Builder upper() {
		return CBORMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.UPPER_CAMEL_CASE);
	}

	private static SimpleModule money() {
		return new SimpleModule("money").addSerializer(Money.class, new ValueSerializer<Money>() {
			@Override
			public void serialize(Money value, JsonGenerator generator, SerializationContext context) {
				generator.writeNumber(value.cents);
			}
		}).addDeserializer(Money.class, new ValueDeserializer<Money>() {
			@Override
			public Money deserialize(JsonParser parser, DeserializationContext context) {
				return new Money(parser.getIntValue());
			}
		});
	}

	/** Has one mapper that is used beside others. */
	@Configuration(proxyBeanMethods = false)
	static class Mappers {

		@Bean
		@Primary
		JsonMapper mine() {
			return JsonMapper.builder()
				.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
				.addModule(money())
				.build();
		}

		@Bean
		JsonMapper other() {
			return JsonMapper.builder().build();
		}

	}

	/** The mapper has the name of the one of Spring Boot. */
	@Configuration(proxyBeanMethods = false)
	static class Cbor {

		@Bean
		CBORMapper cborMapper() {
			return upper().build();
		}

	}

	@AgentTool("shop")
	static class Shop {

		@AgentTool(description = "Greets")
		Person greet(Person person) {
			return person;
		}

		@AgentTool(description = "Pays")
		Money pay(Money amount) {
			return amount;
		}

	}

	record Person(String firstName, int theAge) {

	}

	/** A class that Jackson alone knows nothing of. */
	static final class Money {

		private final int cents;

		Money(int cents) {
			this.cents = cents;
		}

	}

}
