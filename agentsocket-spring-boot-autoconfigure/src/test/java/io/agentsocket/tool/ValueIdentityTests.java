package io.agentsocket.tool;

import java.util.List;
import java.util.Map;
import java.util.Objects;

import com.fasterxml.jackson.annotation.JsonIdentityInfo;
import com.fasterxml.jackson.annotation.ObjectIdGenerators;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.agentsocket.action.Action;
import io.agentsocket.annotation.AgentParam;
import io.agentsocket.annotation.AgentTool;
import io.agentsocket.codec.Codec;
import io.agentsocket.protocol.Bytes;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Values with ids are arguments in the form in which they are results: an id stands for a
 * value that is somewhere else.
 */
class ValueIdentityTests {

	private static final List<Action> ACTIONS = AgentTools.builder()
		.executor(Runnable::run)
		.build()
		.actionsOf(new Tools());

	@ParameterizedTest
	@MethodSource("io.agentsocket.tool.Call#codecs")
	void aResultIsAnArgument(Codec codec) {
		Employee boss = new Employee();
		boss.id = 1;
		Employee other = new Employee();
		other.id = 2;
		other.boss = boss;
		boss.reports = List.of(other);
		Numbered first = new Numbered();
		Numbered second = new Numbered();
		second.next = first;
		first.next = second;
		for (Map.Entry<String, Object> value : Map.of("employee", (Object) boss, "numbered", first).entrySet()) {
			Bytes sent = codec.encode(value.getValue(), value.getValue().getClass());
			Call call = Call.of(ACTIONS, value.getKey())
				.codec(codec)
				.with("v", Objects.requireNonNull(codec.<Object>decode(sent, Object.class)));
			assertThat(call.value()).isEqualTo("itself");
			assertThat(fits(call, codec)).as("%s", call.action().input()).isTrue();
		}
	}

	@ParameterizedTest
	@MethodSource("io.agentsocket.tool.Call#codecs")
	void theArgumentsOfAnActionHaveIds(Codec codec) {
		Call call = Call.of(ACTIONS, "alone")
			.codec(codec)
			.with("id", 1, "boss", Map.of("id", 2, "boss", 1, "reports", List.of()), "reports", List.of(2));
		assertThat(call.value()).isEqualTo("itself");
		assertThat(fits(call, codec)).as("%s", call.action().input()).isTrue();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`',
			value = { "employee|1", "numbered|1", "numbered|'a'", "numbered|{'next':'1'}", "numbered|{'@id':'1'}",
					"numbered|{'@id':1,'next':1.5}", "employee|{'id':1,'boss':'1','reports':[]}",
					"employee|{'id':1,'boss':true,'reports':[]}", "keyed|{'next':1}", "named|{'name':'a','next':1}" })
	void isNoId(String tool, String value) {
		for (Codec codec : Call.codecs()) {
			byte[] bytes = ValueChecks.bytes(codec, "{\"v\":" + value.replace('\'', '"') + "}");
			Call call = Call.of(ACTIONS, tool).codec(codec).withBytes(bytes);
			assertThat(call.broken()).as("%s", codec).isNotEmpty().allMatch((broken) -> broken.startsWith("/v"));
			assertThat(fits(call, codec)).as("%s", call.action().input()).isFalse();
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			"keyed|{'@id':'00000000-0000-0000-0000-000000000001','next':'00000000-0000-0000-0000-000000000001'}",
			"named|{'name':'a','next':'a'}" })
	void isAnId(String tool, String value) {
		for (Codec codec : Call.codecs()) {
			byte[] bytes = ValueChecks.bytes(codec, "{\"v\":" + value.replace('\'', '"') + "}");
			Call call = Call.of(ACTIONS, tool).codec(codec).withBytes(bytes);
			assertThat(call.value()).as("%s", codec).isEqualTo("itself");
			assertThat(fits(call, codec)).as("%s", call.action().input()).isTrue();
		}
	}

	private static boolean fits(Call call, Codec codec) {
		JsonMapper mapper = JsonMapper.shared();
		return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
			.getSchema(mapper.<JsonNode>valueToTree(call.action().input()))
			.validate(mapper.valueToTree(codec.<Object>decode(call.arguments(), Object.class)))
			.isEmpty();
	}

	@JsonIdentityInfo(generator = ObjectIdGenerators.PropertyGenerator.class, property = "id")
	static class Employee {

		public int id;

		public @Nullable Employee boss;

		public List<Employee> reports = List.of();

	}

	@JsonIdentityInfo(generator = ObjectIdGenerators.IntSequenceGenerator.class, property = "@id")
	static class Numbered {

		public @Nullable Numbered next;

	}

	@JsonIdentityInfo(generator = ObjectIdGenerators.UUIDGenerator.class)
	static class Keyed {

		public @Nullable Keyed next;

	}

	@JsonIdentityInfo(generator = ObjectIdGenerators.PropertyGenerator.class, property = "name")
	static class Named {

		public String name = "";

		public @Nullable Named next;

	}

	static class Tools {

		@AgentTool
		String keyed(@AgentParam("v") Keyed value) {
			return (value.next == value) ? "itself" : "another";
		}

		@AgentTool
		String named(@AgentParam("v") Named value) {
			return (value.next == value) ? "itself" : "another";
		}

		@AgentTool
		String employee(@AgentParam("v") Employee value) {
			return (value.reports.get(0).boss == value) ? "itself" : "another";
		}

		@AgentTool
		String numbered(@AgentParam("v") Numbered value) {
			return (value.next != null && value.next.next == value) ? "itself" : "another";
		}

		@AgentTool
		String alone(Employee value) {
			return (value.boss != null && value.boss.boss == value && value.reports.get(0) == value.boss) ? "itself"
					: "another";
		}

	}

}
