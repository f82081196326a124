package io.agentsocket.tool;

import java.io.IOException;
import java.lang.reflect.Type;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.agentsocket.action.TypeSchemas;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.codec.Codec;
import io.agentsocket.codec.JacksonCodec;
import io.agentsocket.protocol.Violation;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.core.ParameterizedTypeReference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Schemas of answers to questions.
 */
class TypeSchemasTests {

	private final TypeSchemas schemas = AgentTools.builder().build().typeSchemas();

	@Test
	void describesSimpleTypes() {
		assertThat(this.schemas.schemaOf(String.class)).isEqualTo(Map.of("type", "string"));
		assertThat(this.schemas.schemaOf(int.class))
			.isEqualTo(Map.of("type", "integer", "minimum", Integer.MIN_VALUE, "maximum", Integer.MAX_VALUE));
		assertThat(this.schemas.schemaOf(boolean.class)).isEqualTo(Map.of("type", "boolean"));
		assertThat(this.schemas.schemaOf(Size3.class))
			.isEqualTo(Map.of("type", "string", "enum", List.of("SMALL", "mid", "LARGE")));
		Type list = new ParameterizedTypeReference<List<Size3>>() {
		}.getType();
		assertThat(this.schemas.schemaOf(list)).containsEntry("type", "array").containsKey("items");
		assertThat(this.schemas.schemaOf(Order.class)).isSameAs(this.schemas.schemaOf(Order.class));
	}

	@Test
	void checksEnumsTextsAndIntegers() {
		assertThat(check(Size3.class, "mid")).isEmpty();
		assertThat(check(Size3.class, "HUGE")).singleElement().satisfies((violation) -> {
			assertThat(violation.pointer()).isEmpty();
			assertThat(violation.rule()).isEqualTo("enum");
			assertThat(violation.message()).contains("SMALL");
		});
		assertThat(check(String.class, "x")).isEmpty();
		assertThat(check(String.class, 1)).extracting(Violation::rule).containsExactly("type");
		assertThat(check(String.class, null)).extracting(Violation::rule).containsExactly("type");
		assertThat(check(int.class, 1)).isEmpty();
		assertThat(check(int.class, 1.5)).extracting(Violation::rule).containsExactly("type");
		assertThat(check(int.class, "1")).extracting(Violation::rule).containsExactly("type");
	}

	@Test
	void checksRecordsWithWhatIsNestedInThem() {
		Map<String, Object> good = Map.of("count", 3, "size", "SMALL", "to", Map.of("street", "Gasse", "no", 1));
		assertThat(check(Order.class, good)).isEmpty();
		List<Violation> violations = check(Order.class,
				Map.of("count", 11, "size", "tiny", "to", Map.of("street", ""), "notes", List.of("a", 2)));
		assertThat(violations).extracting(Violation::pointer)
			.containsExactlyInAnyOrder("/count", "/size", "/to/street", "/to/no", "/notes/1");
		assertThat(violations).extracting(Violation::rule)
			.containsExactlyInAnyOrder("maximum", "enum", "minLength", "required", "type");
		assertThat(check(Order.class, List.of())).extracting(Violation::rule).containsExactly("type");
		assertThat(check(Order.class, null)).extracting(Violation::rule).containsExactly("type");
	}

	@ParameterizedTest
	@MethodSource("codecs")
	void whatSatisfiesTheSchemaCanBeDecoded(Codec codec) {
		Map<String, Object> answer = Map.of("count", 3, "size", "mid", "to", Map.of("street", "Gasse", "no", 1), "data",
				new byte[] { 1, 2 });
		Object value = codec.decode(codec.encode(answer), Object.class);
		assertThat(check(Order.class, value)).isEmpty();
		Order order = codec.decode(codec.encode(value), Order.class);
		assertThat(order).isNotNull();
		assertThat(order.size()).isEqualTo(Size3.MID);
		assertThat(order.to()).isEqualTo(new Address("Gasse", 1));
		assertThat(order.data()).containsExactly(1, 2);
	}

	private static List<Codec> codecs() {
		return List.of(JacksonCodec.cbor(), JacksonCodec.json());
	}

	@Test
	void namesPropertiesAsCodecsReadThem() {
		Map<String, Object> schema = this.schemas.schemaOf(Named.class);
		assertThat(schema).extractingByKey("properties")
			.isEqualTo(Map.of("first", Map.of("type", "string"), "2nd", Map.of("type", "string")));
		assertThat(schema).extractingByKey("required")
			.asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.list(String.class))
			.containsExactlyInAnyOrder("first", "2nd");
	}

	@Test
	void checksAgainstOtherSchemas() {
		Map<String, Object> schema = Map.of("type", "object", "properties",
				Map.of("a", Map.of("type", List.of("string", "null"))), "required", List.of("a"),
				"additionalProperties", false);
		assertThat(this.schemas.violations(schema, Collections.singletonMap("a", null))).isEmpty();
		assertThat(this.schemas.violations(schema, Map.of("a", "x", "b", 1))).singleElement().satisfies((violation) -> {
			assertThat(violation.pointer()).isEqualTo("/b");
			assertThat(violation.message()).isEqualTo("There is no property of this name.");
		});
		assertThat(this.schemas.violations(Map.of(), Arrays.asList(1, null))).isEmpty();
	}

	@Test
	void boundsWhatItSaysAndWhatItKeeps() {
		Map<String, Object> schema = Map.of("type", "array", "items", Map.of("type", "string"));
		List<Violation> violations = this.schemas.violations(schema, IntStream.range(0, 10_000).boxed().toList());
		assertThat(violations).isNotEmpty().hasSizeLessThan(100);
		for (int i = 0; i < 1000; i++) {
			assertThat(this.schemas.violations(Map.of("maximum", i), i + 1)).hasSize(1);
		}
	}

	@Test
	void typesWithoutASchemaAreUnknown() {
		TypeSchemas broken = AgentTools.builder()
			.schemaCustomizers(
					List.of((builder) -> builder.forTypesInGeneral().withCustomDefinitionProvider((type, context) -> {
						throw new IllegalStateException("broken");
					})))
			.build()
			.typeSchemas();
		assertThat(broken.schemaOf(Order.class)).isNull();
	}

	@Test
	void doesNotFetchWhatASchemaRefersTo() throws IOException {
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			server.setSoTimeout(50);
			String reference = "http://127.0.0.1:" + server.getLocalPort() + "/schema.json";
			assertThatIllegalArgumentException()
				.isThrownBy(() -> this.schemas.violations(Map.of("$ref", reference), "x"));
			assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(server::accept);
		}
	}

	private List<Violation> check(Class<?> type, @Nullable Object value) {
		Map<String, Object> schema = this.schemas.schemaOf(type);
		assertThat(schema).isNotNull();
		return this.schemas.violations(schema, value);
	}

	enum Size3 {

		SMALL, @JsonProperty("mid")
		MID, LARGE

	}

	record Order(@Min(1) @Max(10) int count, Size3 size, Address to, Optional<List<String>> notes,
			byte @Nullable [] data) {

	}

	record Address(@Size(min = 1) String street, int no) {

	}

	record Named(@AgentParam("other") String first, @JsonProperty("2nd") String second) {

	}

}
