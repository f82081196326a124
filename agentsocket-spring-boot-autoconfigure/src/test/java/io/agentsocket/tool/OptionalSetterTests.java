package io.agentsocket.tool;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonPOJOBuilder;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Setters and builders that take an {@code Optional} take {@code null} for none, as it is
 * written, also where nothing may be {@code null}.
 */
class OptionalSetterTests {

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.build()
		.actionsOf(new Tools());

	@ParameterizedTest
	@MethodSource("io.agentsocket.tool.Call#codecs")
	void aSetterTakesNull(Codec codec) {
		Guest none = (Guest) Objects.requireNonNull(read(codec, "guest", "{'age':null,'seat':null}"));
		assertThat(none.getAge()).isEmpty();
		assertThat(none.getSeat()).isEmpty();
		Guest some = (Guest) Objects.requireNonNull(read(codec, "guest", "{'age':7,'seat':8}"));
		assertThat(some.getAge()).contains(7);
		assertThat(some.getSeat()).hasValue(8);
		assertThat(broken(codec, "guest", "{'name':null}")).containsExactly("/v/name type");
		Bytes sent = codec.encode(none, Guest.class);
		assertThat(codec.decodeMap(sent)).containsEntry("age", null).containsEntry("seat", null);
		assertThat(Objects.requireNonNull(codec.<Guest>decode(sent, Guest.class)).getAge()).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("io.agentsocket.tool.Call#codecs")
	void aBuilderTakesNull(Codec codec) {
		Built built = (Built) Objects.requireNonNull(read(codec, "built", "{'age':null}"));
		assertThat(built.age()).isEmpty();
		assertThat(broken(codec, "built", "{'name':null}")).containsExactly("/v/name type");
	}

	private static @Nullable Object read(Codec codec, String tool, String value) {
		Call call = call(codec, tool, value);
		JsonMapper mapper = JsonMapper.shared();
		JsonNode schema = mapper.valueToTree(((Map<?, ?>) call.action().input().get("properties")).get("v"));
		assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(schema)
			.validate(mapper.readTree(value.replace('\'', '"')))).isEmpty();
		return call.value();
	}

	private static List<String> broken(Codec codec, String tool, String value) {
		return call(codec, tool, value).broken();
	}

	private static Call call(Codec codec, String tool, String value) {
		byte[] bytes = ValueChecks.bytes(codec, "{\"v\":" + value.replace('\'', '"') + "}");
		return Call.of(ACTIONS, tool).codec(codec).withBytes(bytes);
	}

	@NullMarked
	static class Guest {

		private Optional<Integer> age = Optional.empty();

		private OptionalInt seat = OptionalInt.empty();

		private String name = "";

		public Optional<Integer> getAge() {
			return this.age;
		}

		public void setAge(Optional<Integer> age) {
			this.age = age;
		}

		public OptionalInt getSeat() {
			return this.seat;
		}

		public void setSeat(OptionalInt seat) {
			this.seat = seat;
		}

		public String getName() {
			return this.name;
		}

		public void setName(String name) {
			this.name = name;
		}

	}

	@NullMarked
	@JsonDeserialize(builder = Builder.class)
	record Built(Optional<Integer> age, String name) {

	}

	@NullMarked
	@JsonPOJOBuilder(withPrefix = "")
	static class Builder {

		private Optional<Integer> age = Optional.empty();

		private String name = "";

		public Builder age(Optional<Integer> age) {
			this.age = age;
			return this;
		}

		public Builder name(String name) {
			this.name = name;
			return this;
		}

		public Built build() {
			return new Built(this.age, this.name);
		}

	}

	static class Tools {

		@AgentTool
		Guest guest(@AgentParam("v") Guest value) {
			return value;
		}

		@AgentTool
		Built built(@AgentParam("v") Built value) {
			return value;
		}

	}

}
